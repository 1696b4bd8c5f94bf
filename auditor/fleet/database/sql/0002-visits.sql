-- Who visits what: requests, attempts at them, workers, and the lease under which one visit is made. These rows are the
-- truth; a queue only brings a request to a worker, and may be thrown away.

-- What the workers must have, too: digests of the files of `targets.yaml`, and the key to which secrets are encrypted.
create table auditor.estate (
    one boolean primary key default true check (one),
    sources jsonb not null,
    box text not null,
    published_at timestamptz not null default clock_timestamp()
);

create table auditor.vantage (
    id text primary key,
    -- Networks from which sites are seen to be visited; empty: not declared, and not checked.
    egress cidr[] not null default '{}',
    -- An address that answers with the address it was asked from.
    observer text not null default '',
    paused boolean not null default false,
    -- Users of the database that may serve it; empty: any that has a worker's role.
    users text[] not null default '{}',
    -- Verifier key of the party whose it is, by `targets.yaml`; empty where it is no other party's.
    party_key text not null default ''
);

create table auditor.worker (
    id text primary key,
    vantage text not null,
    host text not null,
    process integer not null,
    software text not null,
    places integer not null,
    egress text not null default '',
    off_ms bigint not null default 0,
    -- Why it gets no work; empty where it does.
    refused text not null default '',
    began_at timestamptz not null default clock_timestamp(),
    seen_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz,
    -- Who logged in as it (`session_user`: not the role that was set).
    login text not null default ''
);
create index worker_seen on auditor.worker (vantage, seen_at);

create table auditor.request (
    id text primary key,
    run text not null,
    deployment text not null,
    vantage text not null,
    -- The slot of a schedule, or the run that somebody began.
    slot text not null,
    -- The planned slot of the run: the deployment's id, with the vantage's behind it for a second party's visit.
    planned text not null,
    due_at timestamptz not null,
    give_up_at timestamptz not null,
    next_try_at timestamptz not null,
    ended_at timestamptz,
    outcome text check (outcome in ('capture', 'gap')),
    line bigint references auditor.ledger (number),
    -- The host that is visited; empty where its deployment is no longer declared.
    host text not null default '',
    -- Verifier key that its capture names, as the plan does; empty where the visit is no second party's.
    party_key text not null default '',
    unique (deployment, vantage, slot),
    check ((ended_at is null) = (outcome is null))
);
create index request_due on auditor.request (vantage, due_at, id) where ended_at is null;
-- Those of a run are looked through in portions; whether it has an end, and how it ended, is asked with each pass.
create index request_run on auditor.request (run, id) where ended_at is null;
create index request_of_run on auditor.request (run);
create index request_ended on auditor.request (ended_at) where ended_at is not null;

create table auditor.attempt (
    request text not null references auditor.request (id),
    number integer not null,
    intent text not null unique,
    worker text not null references auditor.worker (id),
    job bigint,
    -- The session that makes the visit, by its process.
    session integer not null default pg_backend_pid(),
    began_at timestamptz not null default clock_timestamp(),
    intent_line bigint not null references auditor.ledger (number),
    ended_at timestamptz,
    outcome text check (outcome in ('capture', 'gap', 'lost')),
    line bigint references auditor.ledger (number),
    why text not null default '',
    primary key (request, number),
    check ((ended_at is null) = (outcome is null))
);
create unique index attempt_open on auditor.attempt (request) where ended_at is null;
create index attempt_worker on auditor.attempt (worker);

create table auditor.host (
    name text primary key,
    ready_at timestamptz not null,
    -- Until when it asked to be left alone, who says so, and by which visit.
    held_until timestamptz,
    held_worker text not null default '',
    held_intent text not null default ''
);

-- Runs that somebody asked maintenance for.
create table auditor.wish (
    id bigint generated always as identity primary key,
    only_these text[] not null,
    -- The run that it became, as long as that has no requests.
    run text,
    asked_at timestamptz not null default clock_timestamp(),
    -- What became of it, read by whoever waits for it: when all requests of that run were made, or why no run is made.
    met_at timestamptz,
    refused text
);

-- Packages that maintenance looked for in the store and could not read as their lines say: none of them counts as complete.
create table auditor.unread (
    capture text primary key,
    run text not null,
    why text not null,
    looked_at timestamptz not null default clock_timestamp()
);
create index unread_run on auditor.unread (run);
create index unread_looked_at on auditor.unread (looked_at);

insert into auditor.worker_kind values
    ('gap', '{"run": "string", "deployment": "string", "slot": "string", "intent": "string",
        "why": "string"}');

-- A lease is a lock of a session: it ends with the connection, and is held by nobody else meanwhile.
create function auditor.lease_key(name text) returns bigint
    language sql immutable strict parallel safe
    set search_path = pg_catalog, pg_temp
as $$ select hashtextextended('auditor lease ' || name, 0) $$;

-- The session that has a lease; null where none has it. A lock that several sessions may share is no lease.
create function auditor.lease_pid(name text) returns integer
    language sql stable strict
    set search_path = pg_catalog, pg_temp
as $$
    select l.pid
      from pg_locks as l
     where l.locktype = 'advisory' and l.granted and l.mode = 'ExclusiveLock' and l.objsubid = 1
       and l.database = (select oid from pg_database where datname = current_database())
       and (l.classid::bigint << 32) | l.objid::bigint = auditor.lease_key(name)
$$;

create function auditor.lease_holder(name text) returns text
    language sql stable strict
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(nullif(a.application_name, ''), 'process ' || holder)
      from auditor.lease_pid(name) as holder
      left join pg_stat_activity as a on a.pid = holder
     where holder is not null
$$;

-- All of them or none: who has one of them; empty where they are taken now.
create function auditor.take_lease(names text[]) returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    taken text[] := '{}';
    name text;
    other text;
begin
    foreach name in array names loop
        if not pg_try_advisory_lock(auditor.lease_key(name)) then
            other := coalesce(auditor.lease_holder(name), 'another session');
            foreach name in array taken loop
                perform pg_advisory_unlock(auditor.lease_key(name));
            end loop;
            return other;
        end if;
        taken := taken || name;
    end loop;
    return '';
end
$$;

create function auditor.give_back_lease(names text[]) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    name text;
begin
    foreach name in array names loop
        if auditor.lease_pid(name) = pg_backend_pid() then
            perform pg_advisory_unlock(auditor.lease_key(name));
        end if;
    end loop;
end
$$;

create function auditor.require_lease(p_deployment text) returns void
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    if auditor.lease_pid('deployment ' || p_deployment) is distinct from pg_backend_pid() then
        raise exception using errcode = 'AU001', message = format('no lease on %s in this session', p_deployment);
    end if;
end
$$;

-- `insufficient_privilege` where a user may not serve a vantage.
create function auditor.require_server(p_vantage text) returns void
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    allowed text[];
begin
    select users into allowed from auditor.vantage where id = p_vantage;
    if allowed <> '{}' and not session_user::text = any(allowed) then
        raise insufficient_privilege using message = format(
            'user %s may not serve vantage %s; declare it: auditor fleet vantage %s --user %s', session_user, p_vantage,
            p_vantage, session_user);
    end if;
end
$$;

-- `insufficient_privilege` where a worker is none of whoever logged in.
create function auditor.require_own_worker(p_id text) returns void
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    if exists (select from auditor.worker where id = p_id and login <> session_user) then
        raise insufficient_privilege using message = format('worker %s is not of user %s', p_id, session_user);
    end if;
end
$$;

-- The row of an attempt and the line of its intent, before any page is loaded. The attempt is the next one of a request
-- that is due, and has the id that follows from that; by the worker's own user, who may serve the vantage.
create function auditor.begin_attempt(
    p_request text, p_number integer, p_worker text, p_job bigint, p_body text
) returns table (number bigint, at timestamptz, line bytea)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    asked auditor.request;
    working auditor.worker;
    named text;
begin
    select * into asked from auditor.request where id = p_request for update;
    if not found or asked.ended_at is not null or asked.give_up_at <= clock_timestamp() then
        raise exception using errcode = 'AU001', message = format('request %s is not open', p_request);
    end if;
    if greatest(asked.due_at, asked.next_try_at) > clock_timestamp() then
        raise exception using errcode = 'AU001', message = format('request %s is not due', p_request);
    end if;
    perform auditor.require_lease(asked.deployment);
    select * into working from auditor.worker where id = p_worker;
    if not found or working.vantage <> asked.vantage or working.refused <> '' then
        raise exception using errcode = 'AU001', message = format('worker %s gets no work of this vantage', p_worker);
    end if;
    perform auditor.require_own_worker(p_worker);
    perform auditor.require_server(asked.vantage);
    if p_number is distinct from (select 1 + count(*) from auditor.attempt as a where a.request = p_request) then
        raise exception using errcode = 'AU001', message = format('attempt %s is not the next at %s', p_number, p_request);
    end if;
    -- As `capture_id` makes it.
    named := case p_number when 1 then p_request else 'c-' || left(encode(sha256(convert_to(
        format('%s/%s/%s', asked.run, asked.planned, p_number), 'UTF8')), 'hex'), 32) end;
    if (p_body::json ->> 'intent') is distinct from named
        or (p_body::json ->> 'deployment') is distinct from asked.deployment
        or (p_body::json ->> 'run') is distinct from asked.run
        or (p_body::json ->> 'slot') is distinct from asked.planned then
        raise check_violation using message = 'the intent is about another deployment, run or slot than the request, or of another attempt';
    end if;
    select * into begin_attempt.number, begin_attempt.at, begin_attempt.line
      from auditor.append_line('intent', p_body);
    insert into auditor.attempt (request, number, intent, worker, job, intent_line)
    values (p_request, p_number, p_body::json ->> 'intent', p_worker, p_job, begin_attempt.number);
    return next;
end
$$;

-- The one end of an attempt: its line, its row and, of a capture, the request's, in the transaction of the lease, by the
-- worker's own user; the next attempt follows after five seconds at the soonest, an hour at the latest. A capture of
-- another party's vantage names the party's key: that its signature verifies is asked by whoever reads the line, since
-- this database verifies none.
create function auditor.end_attempt(
    p_intent text, p_kind text, p_body text, p_outcome text, p_why text, p_again_seconds integer
) returns table (number bigint, at timestamptz, line bytea)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    made auditor.attempt;
    asked auditor.request;
    begun_at timestamptz;
    key text;
begin
    select * into made from auditor.attempt where intent = p_intent for update;
    if not found or made.ended_at is not null then
        raise exception using errcode = 'AU001', message = format('attempt %s has ended', p_intent);
    end if;
    select * into asked from auditor.request where id = made.request for update;
    -- A gap still ends the intent; it is no end of the slot.
    if asked.ended_at is not null and p_kind = 'capture' then
        raise exception using errcode = 'AU001', message = format('request %s has ended', made.request);
    end if;
    perform auditor.require_lease(asked.deployment);
    perform auditor.require_own_worker(made.worker);
    if (p_kind, p_outcome) not in (('capture', 'capture'), ('gap', 'gap'))
        or (p_body::json ->> 'intent') is distinct from p_intent
        or (p_body::json ->> 'deployment') is distinct from asked.deployment
        or (p_body::json ->> 'run') is distinct from asked.run then
        raise check_violation using message = 'no end of this attempt';
    end if;
    -- The slot is the intent's, and the package has its moment in its name.
    select l.at into strict begun_at from auditor.ledger as l where l.number = made.intent_line;
    if p_kind = 'gap' and (p_body::json ->> 'slot') is distinct from ''
        or p_kind = 'capture' and (p_body::json ->> 'package') is distinct from
            asked.deployment || '/' || to_char(begun_at at time zone 'UTC', 'YYYYMMDD"T"HH24MISS"Z"') || '-' || p_intent then
        raise check_violation using message = 'no end of this attempt: another slot or package';
    end if;
    key := coalesce(nullif(asked.party_key, ''), (select v.party_key from auditor.vantage as v where v.id = asked.vantage), '');
    if p_kind = 'capture' and key <> '' and (p_body::json ->> 'party_key') is distinct from key then
        raise check_violation using message = format(
            'vantage %s belongs to another party, and the capture does not name its key %s', asked.vantage, key);
    end if;
    select * into end_attempt.number, end_attempt.at, end_attempt.line from auditor.append_line(p_kind, p_body);
    update auditor.attempt as a
       set ended_at = clock_timestamp(), outcome = p_outcome, line = end_attempt.number, why = left(p_why, 1000)
     where a.intent = p_intent;
    if p_kind = 'capture' then
        update auditor.request as r
           set ended_at = clock_timestamp(), outcome = 'capture', line = end_attempt.number where r.id = made.request;
    else
        update auditor.request as r
           set next_try_at = clock_timestamp() + make_interval(secs => least(greatest(p_again_seconds, 5), 3600))
         where r.id = made.request;
    end if;
    return next;
end
$$;

-- The end of an attempt whose own session has no lease on its deployment, or that takes longer than any may: whoever has
-- the lease then. What that session brings later is refused. False where it has ended, or goes on.
create function auditor.end_lost(p_intent text, p_body text, p_seconds integer, p_again_seconds integer) returns boolean
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    made auditor.attempt;
    asked auditor.request;
    written bigint;
begin
    select * into made from auditor.attempt where intent = p_intent for update;
    if not found or made.ended_at is not null then
        return false;
    end if;
    select * into asked from auditor.request where id = made.request for update;
    if auditor.lease_pid('deployment ' || asked.deployment) = made.session
        and made.began_at >= clock_timestamp() - make_interval(secs => p_seconds) then
        return false;
    end if;
    if (p_body::json ->> 'run', p_body::json ->> 'deployment', p_body::json ->> 'slot', p_body::json ->> 'intent')
        is distinct from (asked.run, asked.deployment, '', p_intent) then
        raise check_violation using message = 'no end of this attempt';
    end if;
    select number into strict written from auditor.append_line('gap', p_body);
    update auditor.attempt
       set ended_at = clock_timestamp(), outcome = 'lost', line = written, why = left(p_body::json ->> 'why', 1000)
     where intent = p_intent;
    update auditor.request set next_try_at = clock_timestamp() + make_interval(secs => p_again_seconds)
     where id = made.request;
    return true;
end
$$;

-- The end of a request that nobody visits any more: the gap of its slot and its row, in one transaction. False, and
-- nothing is written, where it has ended or is being visited.
create function auditor.give_up(p_request text, p_body text) returns boolean
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    asked auditor.request;
    written bigint;
begin
    select * into asked from auditor.request where id = p_request for update;
    if not found or asked.ended_at is not null
        or exists (select from auditor.attempt where request = p_request and ended_at is null) then
        return false;
    end if;
    if (p_body::json ->> 'run', p_body::json ->> 'deployment', p_body::json ->> 'slot', p_body::json ->> 'intent')
        is distinct from (asked.run, asked.deployment, asked.planned, '') then
        raise check_violation using message = 'no gap of this request''s slot';
    end if;
    select number into strict written from auditor.append_line('gap', p_body);
    update auditor.request set ended_at = clock_timestamp(), outcome = 'gap', line = written where id = p_request;
    return true;
end
$$;

-- An attempt whose connection was lost, gone on with by this session of the worker's own user: it has the lease on the
-- deployment then. Empty where it has, else who has it.
create function auditor.take_up_attempt(p_intent text) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    made auditor.attempt;
    held text;
begin
    select * into made from auditor.attempt where intent = p_intent for update;
    if not found or made.ended_at is not null then
        raise exception using errcode = 'AU001', message = format('attempt %s has ended', p_intent);
    end if;
    perform auditor.require_own_worker(made.worker);
    select 'deployment ' || deployment into strict held from auditor.request where id = made.request;
    if not pg_try_advisory_lock(auditor.lease_key(held)) then
        return coalesce(auditor.lease_holder(held), 'another session');
    end if;
    update auditor.attempt set session = pg_backend_pid() where intent = p_intent;
    return '';
end
$$;

-- Ends the session of an attempt that takes longer than any may: its lease is free then, and it can commit no more.
-- False where the attempt is not as old, its own session has no lease, or the owner of this function may not end sessions.
create function auditor.end_frozen(p_intent text, p_seconds integer) returns boolean
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    holder integer;
begin
    select auditor.lease_pid('deployment ' || r.deployment) into holder
      from auditor.attempt as a
      join auditor.request as r on r.id = a.request
     where a.intent = p_intent and a.ended_at is null
       and auditor.lease_pid('deployment ' || r.deployment) = a.session
       and a.began_at < clock_timestamp() - make_interval(secs => p_seconds);
    return coalesce(pg_terminate_backend(holder), false);
exception when insufficient_privilege then
    return false;
end
$$;

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

-- A worker says that it is there; what it is told: why it gets no work, by its clock (in `p_off_ms` from ours). It is one
-- user's, who may serve the vantage; a text that maintenance repeats in a line of its own is cut to what fits into one.
create function auditor.register_worker(
    p_id text, p_vantage text, p_host text, p_process integer, p_software text, p_places integer, p_egress text,
    p_off_ms bigint, p_refused text
) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    if p_id !~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' then
        raise check_violation using message = 'a worker''s id: letters, digits, . _ -, at most 100';
    end if;
    perform auditor.require_server(left(p_vantage, 100));
    insert into auditor.worker as w (id, vantage, host, process, software, places, egress, off_ms, refused, login)
    values (p_id, left(p_vantage, 100), left(p_host, 255), p_process, left(p_software, 100), p_places,
            left(p_egress, 100), p_off_ms, left(p_refused, 1000), session_user)
    on conflict (id) do update
       set egress = excluded.egress, off_ms = excluded.off_ms, refused = excluded.refused, seen_at = clock_timestamp()
     where w.vantage = excluded.vantage and w.login = excluded.login;
    perform auditor.require_own_worker(p_id);
end
$$;

create function auditor.worker_ended(p_id text) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform auditor.require_own_worker(p_id);
    update auditor.worker set ended_at = clock_timestamp(), seen_at = clock_timestamp() where id = p_id;
end
$$;

-- A host's turn, after which it is to be left alone for so long: 0, or the seconds for which it is to be left alone yet.
-- What is further away than was asked for now was said by a clock that was ahead, or by nobody who may: it holds nothing
-- back, but for what a host itself asked for, a week at most.
create function auditor.take_host(p_name text, p_seconds double precision) returns double precision
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    wanted interval := make_interval(secs => least(greatest(p_seconds, 0), 86400));
begin
    insert into auditor.host as h (name, ready_at)
    values (p_name, clock_timestamp() + wanted)
    on conflict (name) do update set ready_at = excluded.ready_at
     where h.ready_at <= clock_timestamp()
        or (h.ready_at > clock_timestamp() + wanted
            and not coalesce(h.held_until between clock_timestamp() and clock_timestamp() + interval '7 days', false));
    if found then
        return 0;
    end if;
    return (select greatest(0.001, extract(epoch from ready_at - clock_timestamp())) from auditor.host where name = p_name);
end
$$;

-- A host asked to be left alone, for a week at most (`planning.MAX_RETRY_AFTER_SECONDS`), as the session says that visits
-- it just now: its open attempt is named, and its worker with it.
create function auditor.hold_host(p_intent text, p_name text, p_seconds double precision) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    visiting text;
begin
    select a.worker into visiting
      from auditor.attempt as a
      join auditor.request as r on r.id = a.request
     where a.intent = p_intent and a.ended_at is null and a.session = pg_backend_pid() and r.host = p_name
       and auditor.lease_pid('deployment ' || r.deployment) = a.session;
    if not found then
        raise exception using errcode = 'AU001',
            message = format('no attempt %s at host %s is open in this session', p_intent, p_name);
    end if;
    insert into auditor.host as h (name, ready_at, held_until, held_worker, held_intent)
    select p_name, until, until, visiting, p_intent
      from (select clock_timestamp() + make_interval(secs => least(greatest(p_seconds, 0), 604800))) as asked (until)
    on conflict (name) do update
       set ready_at = excluded.ready_at, held_until = excluded.held_until, held_worker = excluded.held_worker,
           held_intent = excluded.held_intent
     where not coalesce(h.held_until between excluded.held_until and clock_timestamp() + interval '7 days', false);
end
$$;

-- A request that cannot be tried now, for an hour at most.
create function auditor.put_off(p_request text, p_seconds double precision) returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    update auditor.request
       set next_try_at = clock_timestamp() + make_interval(secs => least(greatest(p_seconds, 0), 3600))
     where id = p_request and ended_at is null
$$;

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

revoke all on all functions in schema auditor from public;
grant execute on function auditor.lease_holder(text), auditor.lease_pid(text), auditor.lease_key(text)
    to auditor_reader;
grant execute on function auditor.idle_holders() to auditor_maintenance, auditor_reader;
grant select on auditor.estate, auditor.vantage, auditor.worker, auditor.request, auditor.attempt, auditor.host
    to auditor_maintenance, auditor_worker, auditor_reader;
grant execute on function
    auditor.end_frozen(text, integer), auditor.end_idle_holder(integer), auditor.end_lost(text, text, integer, integer),
    auditor.forget_ended(text[], integer), auditor.give_up(text, text)
    to auditor_maintenance;
grant select on auditor.wish, auditor.unread to auditor_maintenance, auditor_reader;
grant insert, update, delete
    on auditor.estate, auditor.vantage, auditor.request, auditor.host, auditor.wish, auditor.unread
    to auditor_maintenance;
grant update, delete on auditor.worker to auditor_maintenance;
grant execute on function
    auditor.lease_key(text), auditor.lease_pid(text), auditor.lease_holder(text), auditor.take_lease(text[]),
    auditor.give_back_lease(text[]), auditor.require_lease(text),
    auditor.end_attempt(text, text, text, text, text, integer)
    to auditor_maintenance, auditor_worker;
grant execute on function
    auditor.begin_attempt(text, integer, text, bigint, text), auditor.take_up_attempt(text),
    auditor.register_worker(text, text, text, integer, text, integer, text, bigint, text),
    auditor.worker_ended(text), auditor.take_host(text, double precision),
    auditor.hold_host(text, text, double precision), auditor.put_off(text, double precision)
    to auditor_worker;
