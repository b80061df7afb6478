/* A plugin for QEMU. It counts exactly the instructions that an image executes between its marks, and the
 * registers that they load.
 *
 * A mark is a function's address. When the function is entered, instructions begin to count for its name,
 * until another mark is entered. Arguments: out=FILE, and NAME=ADDRESS for each mark. FILE gets a line "NAME
 * INSTRUCTIONS LOADS" for each mark.
 *
 * Debian's QEMU 7.2 supports plugins but does not ship the header, so this file declares what it uses of
 * version 1 of the plugin interface. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_MARKS 32
#define EXPORTED __attribute__((visibility("default")))

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { INLINE_ADD = 0, NO_REGISTERS = 0 };

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
                                           void (*translated)(plugin_id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn, int op, void *counter,
                                                uint64_t value);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
                                            void (*executed)(unsigned cpu, void *data), int flags,
                                            void *data);
void qemu_plugin_register_atexit_cb(plugin_id id, void (*ended)(plugin_id, void *), void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

typedef struct counts {
    uint64_t instructions, loads;
} counts;

typedef struct mark {
    char *name;
    uint64_t address;
    counts counts;
} mark;

static mark marks[MOST_MARKS];
static unsigned mark_count;
static mark *current;       /* null until the first mark is entered */
static counts total, since; /* so far, and when `current` was entered */
static const char *out_path;

static void leave_current(void)
{
    if (current) {
        current->counts.instructions += total.instructions - since.instructions;
        current->counts.loads += total.loads - since.loads;
    }
    since = total;
}

static void on_mark(unsigned cpu, void *entered)
{
    (void)cpu;
    leave_current();
    current = entered;
}

static unsigned ones(unsigned bits)
{
    return (unsigned)__builtin_popcount(bits);
}

/* Registers that a Thumb instruction loads from memory. */
static unsigned loads_of(const struct qemu_plugin_insn *insn)
{
    const uint8_t *bytes = qemu_plugin_insn_data(insn);
    unsigned first = bytes[0] | (unsigned)bytes[1] << 8, second;

    if (qemu_plugin_insn_size(insn) == 2) {
        if (first >> 9 == 0x5e) /* POP, also of the program counter */
            return ones(first & 0x1ff);
        if (first >> 11 == 0x19) /* LDMIA */
            return ones(first & 0xff);
        return first >> 11 == 0x09                              /* LDR from the literals */
               || (first >> 12 == 0x5 && (first >> 9 & 7) >= 3) /* LDR and its kind, register + register */
               || (first >> 12 >= 0x6 && first >> 12 <= 0x9 && (first >> 11 & 1)); /* register + number */
    }
    second = bytes[2] | (unsigned)bytes[3] << 8;
    if ((first & 0xffd0) == 0xe890 || (first & 0xffd0) == 0xe910) /* LDM */
        return ones(second);
    if ((first & 0xfe50) == 0xe850) /* LDRD, or with neither offset bit table branches and exclusive ones */
        return first & 0x0120 ? 2 : 1;
    return (first & 0xfe10) == 0xf810;
}

static void on_translated(plugin_id id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

        for (unsigned m = 0; m < mark_count; m++)
            if (qemu_plugin_insn_vaddr(insn) == marks[m].address)
                qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark, NO_REGISTERS, &marks[m]);
        qemu_plugin_register_vcpu_insn_exec_inline(insn, INLINE_ADD, &total.instructions, 1);
        qemu_plugin_register_vcpu_insn_exec_inline(insn, INLINE_ADD, &total.loads, loads_of(insn));
    }
}

static void on_end(plugin_id id, void *data)
{
    FILE *out = fopen(out_path, "w");

    (void)id;
    (void)data;
    leave_current();
    if (!out)
        return;
    for (unsigned m = 0; m < mark_count; m++)
        fprintf(out, "%s %" PRIu64 " %" PRIu64 "\n", marks[m].name, marks[m].counts.instructions,
                marks[m].counts.loads);
    fclose(out);
}

EXPORTED int qemu_plugin_version = 1;

EXPORTED int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv);
EXPORTED int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        char *name = strdup(argv[i]), *value = strchr(name, '=');

        if (!value || mark_count == MOST_MARKS)
            return -1;
        *value++ = 0;
        if (strcmp(name, "out") == 0) {
            out_path = value;
        } else {
            marks[mark_count].name = name;
            marks[mark_count++].address = strtoull(value, NULL, 16);
        }
    }
    if (!out_path)
        return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translated);
    qemu_plugin_register_atexit_cb(id, on_end, NULL);
    return 0;
}
