/* The tables, and how a database gets from one version of them to the next. */
#ifndef LN_SERVICE_STORE_SCHEMA_H
#define LN_SERVICE_STORE_SCHEMA_H

#include "service/store/db.h"

/* The steps, made of schema/001.sql and so on; ends with a null pointer. The n-th leads to version n. */
extern const char *const ln_schema[];

/* Takes the steps that the database lacks, all in one transaction. A database with more steps than these is
 * refused. */
ln_db_result ln_schema_update(ln_db *db, const char *const *steps, ln_error *error);

#endif
