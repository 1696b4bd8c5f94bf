-- What ended long ago is removed, in portions: the ledger has a line for each of these rows, and what they said of it.

create index request_ended on auditor.request (ended_at) where ended_at is not null;
create index attempt_worker on auditor.attempt (worker);
-- Those of a run are looked through in portions.
drop index auditor.request_run;
create index request_run on auditor.request (run, id) where ended_at is null;
create index worker_seen on auditor.worker (vantage, seen_at);

-- Removes what ended over 90 days ago: requests with their attempts, but for those of runs that are open; workers that no
-- attempt names and that are nothing to a request without an end; hosts that hold nothing. So many requests, workers and
-- hosts at most; how many rows went. Only in the session that has the lease of maintenance.
create function auditor.forget_ended(p_open text[], p_most integer) returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    before timestamptz := clock_timestamp() - interval '90 days';
    gone text[];
    removed integer;
    total integer := 0;
begin
    if auditor.lease_pid('maintenance') is distinct from pg_backend_pid() then
        raise exception using errcode = 'AU001', message = 'no lease of maintenance in this session';
    end if;
    gone := array(
        select r.id from auditor.request as r
         where r.ended_at < before and r.run <> all (p_open)
           and not exists (select from auditor.attempt as a where a.request = r.id and a.ended_at is null)
         order by r.ended_at limit p_most);
    delete from auditor.attempt where request = any (gone);
    get diagnostics removed = row_count;
    total := total + removed;
    delete from auditor.request where id = any (gone);
    get diagnostics removed = row_count;
    total := total + removed;
    delete from auditor.worker where id in (
        select w.id from auditor.worker as w
         where w.seen_at < before
           and not exists (select from auditor.attempt as a where a.worker = w.id)
           -- What was there for it is asked when it is given up.
           and not exists (select from auditor.request as r
                            where r.vantage = w.vantage and r.ended_at is null and r.due_at <= w.seen_at)
         limit p_most);
    get diagnostics removed = row_count;
    total := total + removed;
    delete from auditor.host where name in (
        select name from auditor.host where greatest(ready_at, held_until) < before limit p_most);
    get diagnostics removed = row_count;
    return total + removed;
end
$$;

revoke all on function auditor.forget_ended(text[], integer) from public;
grant execute on function auditor.forget_ended(text[], integer) to auditor_maintenance;

-- Sessions of users without the role of maintenance that have a lease and no attempt under way, or the lease of
-- maintenance: for a moment each visit is one; for longer it keeps others from their work.
create function auditor.idle_holders() returns table (pid integer, user_name text, leads boolean)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select l.pid, a.usename::text, bool_or(l.pid = auditor.lease_pid('maintenance')) is true
      from pg_locks as l
      join pg_stat_activity as a on a.pid = l.pid
     where l.locktype = 'advisory' and l.granted and l.mode = 'ExclusiveLock' and l.objsubid = 1
       and l.database = (select oid from pg_database where datname = current_database())
       and not pg_has_role(a.usesysid, 'auditor_maintenance', 'member')
       and (l.pid = auditor.lease_pid('maintenance')
            or not exists (select from auditor.attempt as t where t.session = l.pid and t.ended_at is null))
     group by 1, 2 order by 1
$$;

-- Ends such a session. False where it is none, or the owner of this function may not end sessions.
create function auditor.end_idle_holder(p_pid integer) returns boolean
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return coalesce((select pg_terminate_backend(h.pid) from auditor.idle_holders() as h where h.pid = p_pid), false);
exception when insufficient_privilege then
    return false;
end
$$;

revoke all on function auditor.idle_holders(), auditor.end_idle_holder(integer) from public;
grant execute on function auditor.idle_holders() to auditor_maintenance, auditor_reader;
grant execute on function auditor.end_idle_holder(integer) to auditor_maintenance;
