/* What all subcommands share, those of limitnet and of limitnet-lab. */
#ifndef LN_CLI_H
#define LN_CLI_H

#include "cloud/error.h"

#include <stddef.h>
#include <stdint.h>

/* Exit codes of the program. */
enum {
    CLI_DONE = 0,
    CLI_FAILED = 1, /* the work failed: a file, a model, the memory */
    CLI_WRONG_USE = 2
};

typedef struct cli_command {
    const char *name;
    const char *summary;               /* one line of the program's help */
    const char *help;                  /* the page of the command's help */
    int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns an exit code */
} cli_command;

typedef struct cli_program {
    const char *name, *summary;
    const cli_command *const *commands; /* ends with a null */
} cli_program;

/* The program's main: runs the subcommand that argv[1] names, or prints the help or the version. Returns an
 * exit code. */
int cli_main(const cli_program *program, int argc, char **argv);

/* ---- Messages: one line on stderr ------------------------------------------------------------ */

/* Says what is wrong and how to get help; returns CLI_WRONG_USE. */
__attribute__((format(printf, 1, 2))) int cli_wrong_use(const char *format, ...);

/* Says what failed; returns CLI_FAILED. */
int cli_failed(const ln_error *error);

/* Reports progress. */
__attribute__((format(printf, 1, 2))) void cli_note(const char *format, ...);

/* ---- Options --------------------------------------------------------------------------------- */

typedef enum cli_kind {
    CLI_FLAG,   /* int: becomes 1 */
    CLI_TEXT,   /* const char * */
    CLI_NUMBER, /* uint64_t, least..most */
    CLI_SHARE   /* uint32_t: 0 to 1 in decimals, kept as parts of a million */
} cli_kind;

typedef struct cli_option {
    const char *name; /* with its dashes */
    cli_kind kind;
    void *value; /* left alone when the option is not given */
    uint64_t least, most;
} cli_option;

/* Takes the options out of argv[1..argc-1], wherever they stand; "--" ends them, --name=value is the same as
 * --name value. The other arguments, the operands, move to argv[1] and on. The list ends with a null name.
 * Returns the number of operands, or -1 after a message. */
int cli_parse(int argc, char **argv, const cli_option *options);

/* ---- Output ---------------------------------------------------------------------------------- */

/* Checks that a file can be written there, so that hours of work do not end at a missing folder.
 * Errors: LN_ERR_IO, LN_ERR_MEMORY. */
ln_status cli_check_output(const char *path, ln_error *error);

#endif
