// Proves at compile time that a core file saw no PostgreSQL header; the last include of every core header.
#ifdef POSTGRES_H
#error "src/core must stay free of PostgreSQL headers: include core headers before bridge headers"
#endif
