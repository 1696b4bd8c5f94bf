"""The questions that are asked often, as SQL that seeks: none reads a table from end to end (a test asks SQLite)."""

from __future__ import annotations

from auditor.index.count_columns import SELECTED_COLUMNS
from auditor.index.schema import CITED_DIGITS, OF_PRACTICE

_DEPLOYMENTS = """
with recursive named(deployment) as (
    select min(deployment) from packages
    union all
    select (select min(deployment) from packages where deployment > named.deployment)
    from named where named.deployment is not null
)"""
# One seek for each deployment, however many captures each has: `group by` would walk the whole index.

NEWEST = f"""{_DEPLOYMENTS}
select named.deployment, (select max(captured_at) from packages where deployment = named.deployment)
from named where named.deployment is not null
"""
LATEST = f"""{_DEPLOYMENTS}
select p.body from named join packages p on p.rowid = (
    select rowid from packages where deployment = named.deployment order by captured_at desc, rowid desc limit 1
) where named.deployment is not null
"""
MISSED_LATELY = f"""{_DEPLOYMENTS}
select u.body from named
join packages p on p.rowid = (
    select rowid from packages where deployment = named.deployment order by captured_at desc, rowid desc limit 1
)
join unobserved u on u.capture = p.capture
where named.deployment is not null
order by u.captured_at, u.capture, u.page
"""
TO_REVIEW = f"""{_DEPLOYMENTS}
select {", ".join(f"c.{name}" for name in SELECTED_COLUMNS.split(", "))} from named
join packages p on p.rowid = (
    select rowid from packages where deployment = named.deployment order by captured_at desc, rowid desc limit 1
)
join counts c on c.capture = p.capture
where named.deployment is not null and (c.certain = 0 or (c.listed is not null and c.listed_complete = 0))
order by c.deployment, c.metric
"""
PACKAGE = "select body from packages where capture = ?"
READING = "select body from readings where capture = ?"
OBSERVED_AT = """
select o.body, p.sealed from observations o join packages p using (capture)
where o.deployment = ? order by o.captured_at, o.capture, o.metric
"""
PRACTICE = f"""
select distinct json_extract(json_each.value, '$.authority') from packages, json_each(body, '$.seal.verdicts')
where {OF_PRACTICE} and json_extract(json_each.value, '$.practice')
and json_extract(json_each.value, '$.status') = 'verified' order by 1
"""
UNSEALED = "select body from packages where sealed = 0"

DEPLOYMENTS = f"{_DEPLOYMENTS} select deployment from named where deployment is not null"
_NEWEST_BY_THEN = """
join packages p on p.rowid = (
    select rowid from packages where deployment = named.deployment and captured_at <= ?
    order by captured_at desc, capture desc limit 1
)
"""
LATEST_AS_OF = f"{_DEPLOYMENTS} select p.deployment, p.capture, p.captured_at from named {_NEWEST_BY_THEN}"
MISSED_AS_OF = f"""{_DEPLOYMENTS}
select u.body from named {_NEWEST_BY_THEN}
join unobserved u on u.capture = p.capture
order by u.captured_at, u.capture, u.page
"""
LATEST_AT = """
select value, (select max(captured_at) from packages where deployment = value and captured_at <= ?2) from json_each(?1)
"""
NEXT_AT = """
select value, (select min(captured_at) from packages where deployment = value and captured_at > ?2) from json_each(?1)
"""
MISSED_AT = """
select u.body from json_each(?1) cross join packages p on p.rowid = (
    select rowid from packages where deployment = value and captured_at <= ?2
    order by captured_at desc, capture desc limit 1
)
cross join unobserved u on u.capture = p.capture
order by u.captured_at, u.capture, u.page
"""
COUNTS = f"""
select {SELECTED_COLUMNS} from counts where deployment = ? and captured_at <= ? order by captured_at, capture, metric
"""
COUNTS_AT = f"""
select {SELECTED_COLUMNS} from counts where deployment in (select value from json_each(?)) and captured_at <= ?
order by deployment, captured_at, capture, metric
"""
SERIES = """
select c.capture, c.metric, o.body, c.sealed, c.sealed_at from counts c
left join observations o on o.capture = c.capture and o.metric = c.metric
where c.deployment = ? and c.captured_at <= ? order by c.captured_at, c.capture, c.metric
"""
BODIES_OF = """
select capture, metric, body from observations where capture in (select value from json_each(?))
"""
SIZES = f"""{_DEPLOYMENTS}
select deployment,
    (select count(*) from packages where deployment = named.deployment and captured_at <= :moment),
    (select count(*) from counts where deployment = named.deployment and captured_at <= :moment)
from named where deployment is not null
"""
PACKAGES_OF = "select body from packages where capture in (select value from json_each(?))"
NEWEST_AT = "select body from packages where deployment = ? order by captured_at desc, capture desc limit ?"
COUNTS_OF = f"select {SELECTED_COLUMNS} from counts where capture in (select value from json_each(?))"
PACKAGES_AT = "select body from packages where deployment = ? order by captured_at, capture"

BEFORE = """
select capture from packages where deployment = ?1 and (captured_at, capture) < (?2, ?3)
order by captured_at desc, capture desc limit 1
"""
AFTER = """
select capture from packages where deployment = ?1 and (captured_at, capture) > (?2, ?3)
order by captured_at, capture limit 1
"""
HELD = "select 1 from packages where capture = ?"
HELD_OF = "select capture from packages where capture in (select value from json_each(?))"
NAMED = "select body from packages where capture >= ? and capture < ? order by capture limit ?"
DIGESTS = """
select body from packages indexed by idx_packages_manifest
where json_extract(body, '$.manifest_sha256') >= ? and json_extract(body, '$.manifest_sha256') < ?
order by json_extract(body, '$.manifest_sha256') limit ?
"""
CITED = "select distinct capture from cited where digest >= ? and digest < ? limit ?"
CITED_BY = """
select distinct json_extract(b.value, '$.sha256') from observations o, json_each(o.body, '$.basis') b
where o.capture = ?
"""
FORGET_CITED = f"""
delete from cited where (digest, capture) in (
    select substr(json_extract(b.value, '$.sha256'), 1, {CITED_DIGITS}), o.capture
    from observations o, json_each(o.body, '$.basis') b where o.capture = ?
)
"""

FREQUENT_QUERIES = {
    "newest": (NEWEST, 0),
    "latest": (LATEST, 0),
    "missed lately": (MISSED_LATELY, 0),
    "to review": (TO_REVIEW, 0),
    "package": (PACKAGE, 1),
    "reading": (READING, 1),
    "observed at": (OBSERVED_AT, 1),
    "unsealed": (UNSEALED, 0),
    "deployments": (DEPLOYMENTS, 0),
    "latest as of": (LATEST_AS_OF, 1),
    "missed as of": (MISSED_AS_OF, 1),
    "latest at": (LATEST_AT, 2),
    "next at": (NEXT_AT, 2),
    "missed at": (MISSED_AT, 2),
    "counts": (COUNTS, 2),
    "counts at": (COUNTS_AT, 2),
    "bodies of": (BODIES_OF, 1),
    "series": (SERIES, 2),
    "sizes": (SIZES, 1),
    "packages of": (PACKAGES_OF, 1),
    "packages at": (PACKAGES_AT, 1),
    "newest at": (NEWEST_AT, 2),
    "counts of": (COUNTS_OF, 1),
    "before": (BEFORE, 3),
    "after": (AFTER, 3),
    "held": (HELD, 1),
    "held of": (HELD_OF, 1),
    "named": (NAMED, 3),
    "digests": (DIGESTS, 3),
    "cited": (CITED, 3),
    "practice": (PRACTICE, 0),
}
"""Name to query and number of its parameters."""
