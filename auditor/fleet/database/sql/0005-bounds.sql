-- What a worker's role may say is bounded: texts that maintenance repeats, times that others wait for, ids that others
-- need, attempts that follow one another. And an attempt ends whoever has the lease that it was begun under.

-- As in part 2; a text that maintenance repeats in a line of its own is cut to what fits into one.
create or replace function auditor.register_worker(
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
    insert into auditor.worker as w (id, vantage, host, process, software, places, egress, off_ms, refused)
    values (p_id, left(p_vantage, 100), left(p_host, 255), p_process, left(p_software, 100), p_places,
            left(p_egress, 100), p_off_ms, left(p_refused, 1000))
    on conflict (id) do update
       set egress = excluded.egress, off_ms = excluded.off_ms, refused = excluded.refused, seen_at = clock_timestamp()
     where w.vantage = excluded.vantage;
end
$$;

-- As in part 2; the attempt is the next one of a request that is due, and has the id that follows from that.
create or replace function auditor.begin_attempt(
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

-- As in part 2; the next attempt follows after five seconds at the soonest, an hour at the latest.
create or replace function auditor.end_attempt(
    p_intent text, p_kind text, p_body text, p_outcome text, p_why text, p_again_seconds integer
) returns table (number bigint, at timestamptz, line bytea)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    made auditor.attempt;
    asked auditor.request;
    begun_at timestamptz;
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

-- As in part 2. What is further away than was asked for now was said by a clock that was ahead, or by nobody who may:
-- it holds nothing back, but for what a host itself asked for, a week at most.
create or replace function auditor.take_host(p_name text, p_seconds double precision) returns double precision
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

-- As in part 2, for a week at most (`planning.MAX_RETRY_AFTER_SECONDS`).
create or replace function auditor.hold_host(p_name text, p_seconds double precision) returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    insert into auditor.host as h (name, ready_at, held_until)
    select p_name, until, until
      from (select clock_timestamp() + make_interval(secs => least(greatest(p_seconds, 0), 604800))) as asked (until)
    on conflict (name) do update
       set ready_at = excluded.ready_at, held_until = excluded.held_until
     where not coalesce(h.held_until between excluded.held_until and clock_timestamp() + interval '7 days', false)
$$;

-- As in part 2, for an hour at most.
create or replace function auditor.put_off(p_request text, p_seconds double precision) returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    update auditor.request
       set next_try_at = clock_timestamp() + make_interval(secs => least(greatest(p_seconds, 0), 3600))
     where id = p_request and ended_at is null
$$;

revoke all on function auditor.end_lost(text, text, integer, integer) from public;
grant execute on function auditor.end_lost(text, text, integer, integer) to auditor_maintenance;

-- Whether a run has an end, and how it ended, is asked with each pass.
create index request_of_run on auditor.request (run);

-- What was said before.
update auditor.worker set refused = left(refused, 1000) where length(refused) > 1000;
update auditor.attempt set why = left(why, 1000) where length(why) > 1000;
