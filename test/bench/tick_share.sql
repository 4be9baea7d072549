-- What a worker of roi_tick_job() does for one hour, whatever the clock says: batches of accounts, committed one by one.
CREATE PROCEDURE share_of_tick(at timestamptz, worker integer, workers integer) LANGUAGE plpgsql AS $$
DECLARE
    reached text := '';
    batch text[];
    done bigint;
BEGIN
    LOOP
        batch := ARRAY(SELECT roi_accounts_behind(at, reached, 200, worker, workers));
        EXIT WHEN cardinality(batch) = 0;
        SELECT g.taken INTO STRICT done FROM roi_generate_accounts(at, batch, worker, workers) g;
        reached := batch[done];
        COMMIT;
    END LOOP;
END
$$;
