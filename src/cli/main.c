/* limitnet: the command line. */
#include "cli/cli.h"

#include <limitnet/core.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const cli_command *const commands[] = {
    &cli_encode, &cli_decode, &cli_infer, &cli_eval, &cli_bd, &cli_saliency, &cli_model,
};
#define COMMANDS (sizeof commands / sizeof *commands)

static const cli_command *at_work; /* for messages */

/* ---- Messages -------------------------------------------------------------------------------- */

static void begin_message(void)
{
    fflush(stdout);
    fputs("limitnet", stderr);
    if (at_work)
        fprintf(stderr, " %s", at_work->name);
    fputs(": ", stderr);
}

int cli_wrong_use(const char *format, ...)
{
    begin_message();
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "; see 'limitnet help%s%s'\n", at_work ? " " : "", at_work ? at_work->name : "");
    return CLI_WRONG_USE;
}

int cli_failed(const ln_error *error)
{
    begin_message();
    fprintf(stderr, "%s\n", error->text);
    return CLI_FAILED;
}

void cli_note(const char *format, ...)
{
    begin_message();
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

/* ---- Help ------------------------------------------------------------------------------------ */

static const cli_command *find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (!strcmp(commands[i]->name, name))
            return commands[i];
    return NULL;
}

static void print_commands(void)
{
    puts("limitnet: pictures over links that carry few bytes and lose many\n\ncommands");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-8s %s\n", commands[i]->name, commands[i]->summary);
    puts("  help     this page, or that of a command\n"
         "\n"
         "  limitnet help COMMAND    explains a command and its options\n"
         "  limitnet --version       versions of the program and of its packets\n"
         "\n"
         "exit codes: 0 done, 1 the work failed, 2 wrong use");
}

static int help(int argc, char **argv)
{
    if (argc > 2)
        return cli_wrong_use("help takes one command");
    if (argc < 2) {
        print_commands();
        return CLI_DONE;
    }
    const cli_command *command = find(argv[1]);
    if (!command)
        return cli_wrong_use("there is no command '%s'", argv[1]);
    fputs(command->help, stdout);
    return CLI_DONE;
}

static int asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
            return 1;
    return 0;
}

/* ---- Start ----------------------------------------------------------------------------------- */

static int run(int argc, char **argv)
{
    if (argc < 2)
        return cli_wrong_use("a command is missing");
    const char *name = argv[1];
    if (!strcmp(name, "--version")) {
        printf("limitnet %s, packets and model files of version %d\n", LN_VERSION, LN_WIRE_VERSION);
        return CLI_DONE;
    }
    if (!strcmp(name, "help") || !strcmp(name, "--help") || !strcmp(name, "-h"))
        return help(argc - 1, argv + 1);
    at_work = find(name);
    if (!at_work)
        return cli_wrong_use("there is no command '%s'", name);
    if (asks_for_help(argc - 1, argv + 1)) {
        fputs(at_work->help, stdout);
        return CLI_DONE;
    }
    return at_work->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    int code = run(argc, argv);
    /* What was printed may still lie in a buffer, and the disk behind it be full. */
    if ((fflush(stdout) || ferror(stdout)) && code == CLI_DONE) {
        cli_note("standard output cannot be written: make room, or write elsewhere");
        code = CLI_FAILED;
    }
    return code;
}
