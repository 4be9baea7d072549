-- What 1.0 had under another signature, or has no more.
DROP PROCEDURE @extschema@.roi_tick_job();
DROP FUNCTION @extschema@.roi_schedule(text);
DROP FUNCTION @extschema@.roi_import(text, bytea, text, text, text, text, integer, text, text, text, date, boolean, boolean);
DROP FUNCTION @extschema@.roi_job_name();
