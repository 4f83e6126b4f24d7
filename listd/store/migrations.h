/* migrations.h - the SQL of db/, compiled in: text 1 makes the schema, each later one changes it; NULL at the end */
#ifndef LISTD_STORE_MIGRATIONS_H
#define LISTD_STORE_MIGRATIONS_H

extern const char *const LISTD_MIGRATIONS[];
extern const char *const SPOOL_MIGRATIONS[];

#endif
