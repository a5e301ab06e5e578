#!/bin/sh
# Who may log in: kst_writer (OMS, collector), kst_strategy (strategies) and kst_reader (Metabase, console), members of the
# group roles that the migrations grant to. Passwords come from the environment and appear nowhere
# else. Docker runs this once, on an empty volume; run by hand with PGHOST, PGUSER and PGPASSWORD
# set, it changes the passwords.
set -eu

: "${POSTGRES_WRITER_PASSWORD:?set it in .env}"
: "${POSTGRES_STRATEGY_PASSWORD:?set it in .env}"
: "${POSTGRES_READER_PASSWORD:?set it in .env}"

psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 \
    --username="${POSTGRES_USER:-${PGUSER:-postgres}}" \
    --dbname="${POSTGRES_DB:-${PGDATABASE:-trading}}" <<'SQL'
\getenv writer_password POSTGRES_WRITER_PASSWORD
\getenv strategy_password POSTGRES_STRATEGY_PASSWORD
\getenv reader_password POSTGRES_READER_PASSWORD

SELECT format('CREATE ROLE %I NOLOGIN', name)
FROM unnest(ARRAY['trading_writer', 'trading_strategist', 'trading_reader']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

SELECT format('CREATE ROLE %I LOGIN', name)
FROM unnest(ARRAY['kst_writer', 'kst_strategy', 'kst_reader']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

ALTER ROLE kst_writer PASSWORD :'writer_password' CONNECTION LIMIT 30;
ALTER ROLE kst_strategy PASSWORD :'strategy_password' CONNECTION LIMIT 20;
ALTER ROLE kst_reader PASSWORD :'reader_password' CONNECTION LIMIT 20;
ALTER ROLE kst_reader SET default_transaction_read_only = on;
ALTER ROLE kst_reader SET statement_timeout = '30s';
GRANT trading_writer TO kst_writer;
GRANT trading_strategist TO kst_strategy;
GRANT trading_reader TO kst_reader;
SQL
