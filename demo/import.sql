-- Imports every file of :directory, one user per currency, and shows what came in.
CREATE TEMP TABLE imports (
    file text, user_id text, batch_id bigint, format text, platform text, rows_imported bigint, spend numeric,
    revenue numeric, currency text, rows_rejected bigint, refused text);

-- The currency is known after the import: a file that is not in US dollars is taken back and goes to another user.
CREATE PROCEDURE pg_temp.import_file(directory text, file text) LANGUAGE plpgsql AS $$
DECLARE
    content bytea := pg_read_binary_file(directory || '/' || file);
    owner text := 'user_brand';
    result record;
BEGIN
    BEGIN
        SELECT * INTO result FROM roi_import(owner, content);
        IF coalesce(result.currency, 'several') <> 'USD' AND result.facts > 0 THEN
            owner := CASE result.currency WHEN 'EUR' THEN 'user_europe' ELSE 'user_' || coalesce(lower(result.currency), 'several') END;
            RAISE SQLSTATE 'UCURR';
        END IF;
    EXCEPTION WHEN SQLSTATE 'UCURR' THEN
        SELECT * INTO result FROM roi_import(owner, content);
    END;
    INSERT INTO imports VALUES (file, owner, result.batch_id, result.format, result.platform, result.rows_imported,
        result.spend, result.revenue, result.currency, result.rows_rejected);
EXCEPTION WHEN untranslatable_character OR character_not_in_repertoire OR bad_copy_file_format THEN
    INSERT INTO imports (file, refused) VALUES (file, SQLERRM);
END
$$;

SELECT format('CALL pg_temp.import_file(%L, %L)', :'directory', file) FROM pg_ls_dir(:'directory') AS file ORDER BY file
\gexec

SELECT CASE WHEN length(name) > 30 THEN left(name, 29) || '~' ELSE name END AS file, format, platform,
       rows_imported AS rows, round(spend, 2) AS spend, round(revenue, 2) AS revenue, currency
FROM imports, regexp_replace(file, '(_data)?\.csv$', '') AS name
WHERE refused IS NULL
ORDER BY currency <> 'USD', file;

SELECT format('   %s is in %s, so it belongs to %s: currencies never add up unconverted', file,
              CASE WHEN currency IS NULL THEN 'several currencies' ELSE currency END, user_id)
FROM imports WHERE user_id <> 'user_brand'
\g (format=unaligned tuples_only=on)

SELECT format('   %s: refused lines: %s: line %s, %s %s: %s', i.file, i.rows_rejected, r.line,
              r.column_name, quote_nullable(left(r.value, 30)), r.reason)
FROM imports i JOIN roi_import_rejects r USING (user_id, batch_id)
WHERE r.reject_no = (SELECT min(reject_no) FROM roi_import_rejects f WHERE f.user_id = i.user_id AND f.batch_id = i.batch_id)
ORDER BY i.file
\g (format=unaligned tuples_only=on)

SELECT format('   %s: refused as a whole: %s', file, refused) FROM imports WHERE refused IS NOT NULL ORDER BY file
\g (format=unaligned tuples_only=on)

-- A demo without imports is no demo.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM imports WHERE refused IS NULL) THEN
        RAISE EXCEPTION 'no file of test/data could be imported';
    END IF;
END
$$;
