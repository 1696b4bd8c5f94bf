-- Packages that maintenance looked for in the store and could not read as their lines say: none of them counts as complete.
create table auditor.unread (
    capture text primary key,
    run text not null,
    why text not null,
    looked_at timestamptz not null default clock_timestamp()
);
create index unread_run on auditor.unread (run);
create index unread_looked_at on auditor.unread (looked_at);
grant select on auditor.unread to auditor_maintenance, auditor_reader;
grant insert, update, delete on auditor.unread to auditor_maintenance;
