-- Declares the functions of the test module, and PL/pgSQL helpers around them. Takes the variable wall_module.
\set ON_ERROR_STOP on
CREATE FUNCTION wall_fail(way text, more text DEFAULT '') RETURNS void
    LANGUAGE c STRICT AS :'wall_module', 'wall_fail';
CREATE FUNCTION wall_recurse(depth integer) RETURNS void LANGUAGE c STRICT AS :'wall_module', 'wall_recurse';
CREATE FUNCTION wall_state() RETURNS text LANGUAGE c STRICT AS :'wall_module', 'wall_state';
CREATE FUNCTION wall_born() RETURNS bigint LANGUAGE c STRICT AS :'wall_module', 'wall_born';
CREATE FUNCTION wall_heap() RETURNS bigint LANGUAGE c STRICT AS :'wall_module', 'wall_heap';
CREATE FUNCTION wall_execute(schema oid, statement text, number bigint, note text DEFAULT NULL) RETURNS text
    LANGUAGE c AS :'wall_module', 'wall_execute';
CREATE FUNCTION wall_check(name text, role oid DEFAULT 0) RETURNS text
    LANGUAGE c STRICT AS :'wall_module', 'wall_check';
CREATE FUNCTION wall_ask(sql text) RETURNS text LANGUAGE c STRICT AS :'wall_module', 'wall_ask';
CREATE FUNCTION wall_watch(name text) RETURNS void LANGUAGE c STRICT AS :'wall_module', 'wall_watch';
CREATE FUNCTION wall_row(row_number integer) RETURNS bigint LANGUAGE c STRICT AS :'wall_module', 'wall_row';

CREATE ROLE visitor;

-- what the failing statements stumble over
CREATE SCHEMA ledger;
CREATE DOMAIN ledger.positive AS integer CONSTRAINT above_zero CHECK (VALUE > 0);
CREATE TABLE ledger.entry (id integer CONSTRAINT entry_once PRIMARY KEY, amount ledger.positive, note text NOT NULL);
INSERT INTO ledger.entry VALUES (1, 1, 'first');

CREATE FUNCTION deepest() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'said below' USING ERRCODE = 'XT123', DETAIL = 'told', HINT = 'helped', COLUMN = 'a column',
        CONSTRAINT = 'a constraint', DATATYPE = 'a type', TABLE = 'a table', SCHEMA = 'a schema';
END $$;
CREATE FUNCTION middle() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM deepest(); END $$;

-- Every field of the report of a failing call.
CREATE FUNCTION diagnose(way text, more text DEFAULT '', OUT state text, OUT message text, OUT detail text,
    OUT hint text, OUT context text, OUT column_name text, OUT constraint_name text, OUT type_name text,
    OUT table_name text, OUT schema_name text)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM wall_fail(way, more);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
        hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT, column_name = COLUMN_NAME,
        constraint_name = CONSTRAINT_NAME, type_name = PG_DATATYPE_NAME, table_name = TABLE_NAME,
        schema_name = SCHEMA_NAME;
END $$;

-- Which handler takes the error, by the name of its condition.
CREATE FUNCTION trapped(way text, more text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM wall_fail(way, more);
    RETURN 'nothing';
EXCEPTION
    WHEN division_by_zero THEN RETURN 'division_by_zero';
    WHEN unique_violation THEN RETURN 'unique_violation';
    WHEN invalid_parameter_value THEN RETURN 'invalid_parameter_value';
    WHEN out_of_memory THEN RETURN 'out_of_memory';
    WHEN internal_error THEN RETURN 'internal_error';
    WHEN query_canceled THEN RETURN 'query_canceled';
    WHEN OTHERS THEN RETURN 'others ' || SQLSTATE;
END $$;

-- Calls that fail, each in its own subtransaction; returns how many were trapped.
CREATE FUNCTION trap(way text, more text, calls integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    caught integer := 0;
BEGIN
    FOR i IN 1 .. calls LOOP
        BEGIN
            PERFORM wall_fail(way, more);
        EXCEPTION WHEN OTHERS THEN
            caught := caught + 1;
        END;
    END LOOP;
    RETURN caught;
END $$;

-- All memory contexts of this backend, in bytes.
CREATE FUNCTION contexts() RETURNS bigint LANGUAGE plpgsql AS
    $$ BEGIN RETURN (SELECT sum(total_bytes) FROM pg_backend_memory_contexts); END $$;

-- What such calls leave behind in the backend's memory contexts and in malloc, in bytes, after a warm-up.
CREATE FUNCTION growth(way text, more text, calls integer, OUT caught integer, OUT contexts bigint, OUT heap bigint)
LANGUAGE plpgsql AS $$
DECLARE
    before bigint[];
BEGIN
    FOR warm_up IN 1 .. 3 LOOP
        PERFORM trap(way, more, 200);
        before := ARRAY[contexts(), wall_heap()];
    END LOOP;
    caught := trap(way, more, calls);
    contexts := contexts() - before[1];
    heap := wall_heap() - before[2];
END $$;

-- The resident memory of this backend in kB.
CREATE FUNCTION resident() RETURNS integer LANGUAGE sql AS
    $$ SELECT substring(pg_read_file('/proc/self/status') FROM 'VmRSS:\s+(\d+)')::integer $$;
