"""The tables of the standing index: what is kept, what is outstanding, and what answers lists without sorting."""

from __future__ import annotations

STANDING_TABLES = (
    # As of what the rows stand.
    "create table standing_head (id integer primary key check (id = 0), code text not null, line int not null,"
    " targets text not null, before_at text, as_of text, receipts text not null)",
    # The entries of targets.yaml by their digests, and what must be known of one that is gone.
    "create table standing_entry (kind text not null, id text not null, sha256 text not null, about text not null,"
    " primary key (kind, id)) without rowid",
    # What is judged by itself: until when its day holds, and the contracts that it looked at.
    "create table standing_unit (unit text primary key, until text, uses text not null) without rowid",
    "create index standing_unit_until on standing_unit (until)",
    # What is to be judged again; `day`: only because its day has passed.
    "create table standing_dirty (unit text primary key, day int not null) without rowid",
    "create index standing_dirty_first on standing_dirty (day, unit)",
    "create table standing_gap (deployment text not null, line int not null, at text not null, why text not null,"
    " intent text not null, primary key (deployment, line)) without rowid",
    "create table standing_mark (mark int not null, deployment text not null,"
    " primary key (mark, deployment)) without rowid",
    "create index standing_mark_of on standing_mark (deployment)",
    "create table standing_position (deployment text not null, contract text not null, metric text not null,"
    " customer text not null, status text not null, legal_status text not null, displayed, cap, entitled, confirmed,"
    " over_by, over_since text, list_value text, net_value text, capture text not null, captured_at text,"
    " sealed int not null, certainty text, sha256 text not null,"
    " primary key (deployment, contract, metric)) without rowid",
    "create index standing_position_contract on standing_position (contract, deployment)",
    "create table standing_finding (fingerprint text primary key, unit text not null, rule text not null,"
    " severity text not null, certainty text not null, kind text not null, favours text not null, life text not null,"
    " deployment text not null, contract text, metric text not null, units, list_value text, net_value text,"
    " since text, first_seen text not null, changed_at text not null, sha256 text not null, reader text not null,"
    " customer text not null, in_contract int not null, in_customer int not null, weight text not null,"
    " value_key real not null, units_key real not null) without rowid",
    "create index standing_finding_unit on standing_finding (unit)",
    "create index standing_finding_weight on standing_finding (weight)",
    "create index standing_finding_rule on standing_finding (rule, weight)",
    "create index standing_finding_deployment on standing_finding (deployment, weight)",
    "create index standing_finding_reader on standing_finding (reader, weight)",
    "create index standing_finding_customer on standing_finding (customer, weight)",
    "create index standing_finding_value on standing_finding (value_key desc, weight)",
    "create index standing_finding_units on standing_finding (units_key desc, weight)",
    "create index standing_finding_changed on standing_finding (changed_at desc, weight)",
    # One row for each deployment in each scope that sees it: everything, a contract, a customer.
    "create table standing_subject (scope text not null, deployment text not null, name text not null,"
    " address text not null, product text not null, legal_status text not null, contract text not null,"
    " customer text not null, metric text not null, status text not null, displayed, cap, entitled, confirmed,"
    " over_by, list_value text, net_value text, captured_at text not null, sealed int not null,"
    " findings int not null, severity text, over_key real not null, value_key real not null, search text not null,"
    " primary key (scope, deployment)) without rowid",
    "create index standing_subject_of on standing_subject (deployment)",
    "create index standing_subject_over on standing_subject (scope, over_key desc, deployment)",
    "create index standing_subject_value on standing_subject (scope, value_key desc, deployment)",
    "create index standing_subject_captured on standing_subject (scope, captured_at desc, deployment)",
    "create table standing_sums (scope text primary key, body text not null) without rowid",
    # When a finding was first held and last changed, where its row was made anew since.
    "create table standing_memory (fingerprint text primary key, first_seen text not null, changed_at text not null,"
    " sha256 text not null) without rowid",
    "create table standing_trend (scope text not null, day text not null, line int not null, body text not null,"
    " primary key (scope, day)) without rowid",
)
AWAITED_TABLE = (
    "create table standing_awaited (deployment text not null, capture text not null,"
    " primary key (deployment, capture)) without rowid"
)
"""Captures of which the journal says something that the index has not recorded yet."""
LISTED_TABLES = (
    # Positions and findings whole, with the columns that pages filter and sort by. `place` and `fingerprint` tell rows
    # apart and break ties, so that every order is one of the indexes, read forwards or backwards.
    "create table listed_position (place text primary key, deployment text not null, number int not null,"
    " contract text not null, metric text not null, status text not null, product text not null, vantage text not null,"
    " customer text not null, sealed int not null, certainty text not null, since text, search text not null,"
    " over int not null, name text not null, displayed real not null, over_since real not null, value real not null,"
    " captured real not null, peak real not null, before_at text, missed int not null, owing int not null,"
    " weeks text not null, sha256 text not null, body blob not null)",
    "create index listed_position_of on listed_position (deployment, number)",
    "create index listed_position_contract on listed_position (contract, over, place)",
    "create index listed_position_facets on listed_position (status, product, vantage, metric, sealed, certainty)",
    "create index listed_position_owing on listed_position (place) where owing = 1",
    "create index listed_position_missed on listed_position (deployment) where missed = 1",
    *(
        f"create index listed_position_{name} on listed_position ({name}, place)"
        for name in ("over", "name", "displayed", "over_since", "value", "captured", "peak")
    ),
    "create table listed_finding (fingerprint text primary key, deployment text not null, contract text not null,"
    " rule text not null, severity text not null, certainty text not null, favours text not null, life text not null,"
    " queue text not null, rank int not null, lighter real not null, fewer real not null, units real not null,"
    " value real not null, since real not null, said text not null, sha256 text not null, body blob not null)",
    "create index listed_finding_weight on listed_finding (rank, lighter, fewer, fingerprint)",
    "create index listed_finding_queue on listed_finding (queue, rank, lighter, fewer, fingerprint)",
    "create index listed_finding_facets on listed_finding (queue, severity, certainty, rule, favours, life)",
    *(
        f"create index listed_finding_{name} on listed_finding ({name}, fingerprint)"
        for name in ("rule", "deployment", "contract", "units", "value", "since")
    ),
    # The sums of the trend: by how much each week differs from the one before. Numbers of any size, so text.
    "create table listed_week (monday text primary key, displayed text not null, over text not null,"
    " deployments int not null, series int not null) without rowid",
    # Another number whenever anything of what stands was written.
    "create table standing_revision (id integer primary key check (id = 0), number int not null)",
    "insert into standing_revision values (0, 0)",
)
"""What lists are made of."""
GONE_TABLES = (
    # Findings that stood and stand no more, as they stood last.
    "create table listed_gone (fingerprint text primary key, deployment text not null, contract text not null,"
    " rule text not null, severity text not null, certainty text not null, favours text not null, life text not null,"
    " queue text not null, rank int not null, lighter real not null, fewer real not null, units real not null,"
    " value real not null, since real not null, said text not null, sha256 text not null, body blob not null,"
    " gone_at text not null)",
    "create index listed_gone_weight on listed_gone (rank, lighter, fewer, fingerprint)",
    "create index listed_gone_at on listed_gone (gone_at)",
    "create index standing_finding_first on standing_finding (first_seen)",
)
"""What is gone, and what is new."""
