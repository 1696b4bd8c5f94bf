"""What stands in a schema of the database, an object a line: what each says, whose it is, and who may do what with it.

It is asked of the database's own catalogue, from here: a function that told it could be told what to say. The lines are
the same in every database that was made from the same text, whoever owns it and whatever version it has: the owner is
called `owner`, and an owner's own rights are not said.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from auditor.fleet.database.connection import FleetConnection

_QUERY = """
with place as (
    select oid, nspname, nspowner, nspacl from pg_namespace where nspname = %(schema)s
), fleet (name) as (
    values ('auditor_maintenance'), ('auditor_worker'), ('auditor_reader')
), who (oid, name) as (
    -- A role of the fleet that owns what it works with is said by its name.
    select r.oid, case when r.oid = p.nspowner and f.name is null then 'owner' else r.rolname end
      from pg_roles as r cross join place as p left join fleet as f on f.name = r.rolname
     union all select 0, 'public'
), relation as (
    select c.* from pg_class as c join place as p on p.oid = c.relnamespace
), object (what, says, owner, acl) as (
    select 'schema', '', nspowner, coalesce(nspacl, acldefault('n', nspowner)) from place
     union all
    select format('function %%s.%%s(%%s)', p.nspname, f.proname, pg_get_function_identity_arguments(f.oid)),
           concat_ws(' ', pg_get_function_result(f.oid), l.lanname, f.prokind, f.provolatile, f.proparallel,
                     case when f.proisstrict then 'strict' end, case when f.proleakproof then 'leakproof' end,
                     case when f.prosecdef then 'as its owner' else 'as its caller' end,
                     array_to_string(f.proconfig, ' '), encode(sha256(convert_to(f.prosrc, 'UTF8')), 'hex')),
           f.proowner, coalesce(f.proacl, acldefault('f', f.proowner))
      from pg_proc as f join place as p on p.oid = f.pronamespace join pg_language as l on l.oid = f.prolang
     union all
    select format('relation %%s', relname),
           concat_ws(' ', relkind, relpersistence, case when relrowsecurity or relforcerowsecurity then 'by row' end,
                     (select 'with ' || string_agg(concat_ws(' ', inhparent::regclass, inhrelid::regclass), ', ')
                        from pg_inherits where relation.oid in (inhparent, inhrelid))),
           relowner, coalesce(relacl, acldefault('r', relowner))
      from relation where relkind not in ('i', 'I', 'c')
     union all
    select format('column %%s of %%s', a.attname, r.relname),
           concat_ws(' ', a.attnum, format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end,
                     nullif(a.attidentity, ''), nullif(a.attgenerated, ''), pg_get_expr(d.adbin, d.adrelid)),
           r.relowner, a.attacl
      from relation as r
      join pg_attribute as a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
      left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where r.relkind not in ('i', 'I', 'S', 'c')
     union all
    select format('index %%s', i.indexrelid::regclass),
           concat_ws(' ', pg_get_indexdef(i.indexrelid), case when not i.indisvalid then 'invalid' end), null, null
      from relation as r join pg_index as i on i.indrelid = r.oid
     union all
    select format('constraint %%s of %%s', k.conname, r.relname),
           concat_ws(' ', pg_get_constraintdef(k.oid), case when not k.convalidated then 'not validated' end),
           null, null
      from relation as r join pg_constraint as k on k.conrelid = r.oid and k.contype in ('c', 'f', 'p', 'u', 'x')
     union all
    select format('trigger %%s of %%s', t.tgname, r.relname), concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled),
           null, null
      from relation as r join pg_trigger as t on t.tgrelid = r.oid and not t.tgisinternal
     union all
    select format('rule %%s of %%s', w.rulename, r.relname), concat_ws(' ', pg_get_ruledef(w.oid), w.ev_enabled),
           null, null
      from relation as r join pg_rewrite as w on w.ev_class = r.oid
     union all
    select format('policy %%s of %%s', y.polname, r.relname), concat_ws(' ', y.polcmd, pg_get_expr(y.polqual, r.oid)),
           null, null
      from relation as r join pg_policy as y on y.polrelid = r.oid
     union all
    select format('right of %%s', r.rolname), 'temporary tables', null, null
      from pg_roles as r join fleet as f on f.name = r.rolname
     where has_database_privilege(r.oid, current_database(), 'TEMPORARY')
), granted (what, rights) as (
    select o.what,
           string_agg(concat(w.name, ' ', lower(a.privilege_type), case when a.is_grantable then '*' end), ', '
                      order by w.name, a.privilege_type)
      from object as o cross join lateral aclexplode(o.acl) as a join who as w on w.oid = a.grantee
     where a.grantee <> o.owner
     group by o.what
)
select o.what, concat_ws('; ', o.says, 'of ' || w.name, g.rights)
  from object as o
  left join who as w on w.oid = o.owner
  left join granted as g on g.what = o.what
 order by 1
"""


def list_schema(connection: FleetConnection, schema: str) -> Mapping[str, str]:
    """What each object of a schema is, by its kind and name. Nothing where there is no such schema."""
    with connection.transaction():
        # Names are said in full, whatever this connection looks for first.
        connection.execute("set local search_path to pg_catalog")
        rows = connection.execute(_QUERY.encode("utf-8"), {"schema": schema}).fetchall()
    return {str(what): " ".join(str(says).split()) for what, says in rows}


def listing_text(listing: Mapping[str, str]) -> str:
    """An object a line, in order."""
    return "".join(f"{what}: {says}\n" for what, says in sorted(listing.items()))


def parse_listing(text: str) -> Mapping[str, str]:
    """Of `listing_text`."""
    pairs = (line.partition(": ") for line in text.splitlines())
    return {what: says for what, _, says in pairs}


def listing_sha256(listing: Mapping[str, str]) -> str:
    """One digest of all."""
    return hashlib.sha256(listing_text(listing).encode("utf-8")).hexdigest()
