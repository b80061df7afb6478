/* What the programs of this project share: messages, help, and the choice of a subcommand. */
#include "cli/cli.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const cli_program *program; /* that runs, for messages */
static const cli_command *at_work; /* the command that runs, for messages; null outside one */

/* ---- Messages -------------------------------------------------------------------------------- */

static void begin_message(void)
{
    fflush(stdout);
    fputs(program->name, stderr);
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
    fprintf(stderr, "; see '%s help%s%s'\n", program->name, at_work ? " " : "", at_work ? at_work->name : "");
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
    for (const cli_command *const *command = program->commands; *command; command++)
        if (!strcmp((*command)->name, name))
            return *command;
    return NULL;
}

static void print_commands(void)
{
    printf("%s COMMAND [OPTION]...\n%s help [COMMAND]\n%s --version\n\n%s: %s\n\ncommands\n", program->name,
           program->name, program->name, program->name, program->summary);
    for (const cli_command *const *command = program->commands; *command; command++)
        printf("  %-8s  %s\n", (*command)->name, (*command)->summary);
    puts("  help      shows this page, or that of a command\n"
         "\n"
         "environment\n"
         "  LIMITNET_MODELS  a folder of models, searched before the others: those installed with the\n"
         "                   program, or those of the source tree if it runs where it was built\n"
         "  LIMITNET_VISION  an ONNX file, used where --vision is not given\n"
         "\n"
         "exit codes\n"
         "  0  done\n"
         "  1  the work failed\n"
         "  2  wrong use");
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
        printf("%s %s, packets and model files of version %d\n", program->name, ln_version(),
               LN_WIRE_VERSION);
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

/* Where a standard stream is closed, the next file that is opened would take its place, and messages would go
 * into that file. These files refuse what the stream is for. */
static void hold_standard_streams(void)
{
    for (int file = 0; file <= STDERR_FILENO; file++)
        if (fcntl(file, F_GETFD) < 0)
            (void)!open("/dev/null", file == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int cli_main(const cli_program *which, int argc, char **argv)
{
    program = which;
    hold_standard_streams();
    int code = run(argc, argv);
    /* The output may still be in a buffer, and the disk may be full. */
    if ((fflush(stdout) || ferror(stdout)) && code == CLI_DONE) {
        cli_note("standard output cannot be written: make room, or write elsewhere");
        code = CLI_FAILED;
    }
    return code;
}
