-- Guard of the install script: it only makes sense inside CREATE EXTENSION.
\echo Use "CREATE EXTENSION roi_ext" to load this file. \quit
SET LOCAL search_path TO pg_catalog, pg_temp;
SET LOCAL client_min_messages TO notice;
