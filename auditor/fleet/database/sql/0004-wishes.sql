-- What became of a run that somebody asked for is kept: whoever waits for it reads it here.
alter table auditor.wish
    -- When all requests of the run were made that it became.
    add column met_at timestamptz,
    -- Why no run is made of it.
    add column refused text;
