#include "cli/print.h"

#include "cli/json.h"

#include <stdio.h>

/* The beginning of an object, which is left open. */
static void print_finding(FILE *out, size_t i, unsigned index, const char *label, float score)
{
    fprintf(out, "%s{\"class\":%u,\"label\":", i ? "," : "", index);
    cli_json_string(out, label);
    fprintf(out, ",\"score\":%.4f", (double)score);
}

static void print_classes(FILE *out, const cli_sight *sight)
{
    for (size_t i = 0; i < sight->count; i++) {
        const ln_class *c = &sight->classes[i];
        print_finding(out, i, c->index, c->label, c->score);
        putc('}', out);
    }
}

static void print_objects(FILE *out, const cli_sight *sight)
{
    for (size_t i = 0; i < sight->count; i++) {
        const ln_object *o = &sight->objects[i];
        print_finding(out, i, o->index, o->label, o->score);
        fprintf(out, ",\"box\":[%.1f,%.1f,%.1f,%.1f]}", (double)o->x, (double)o->y, (double)o->width,
                (double)o->height);
    }
}

void cli_print_json(FILE *out, const cli_sight *sight)
{
    int detects = sight->task == LN_TASK_DETECT;
    fputs("{\"file\":", out);
    cli_json_string(out, sight->file);
    fprintf(out, ",\"bytes\":%llu,\"packets\":%llu,\"%s\":[", (unsigned long long)sight->used.bytes,
            (unsigned long long)sight->used.packets, detects ? "objects" : "top");
    if (detects)
        print_objects(out, sight);
    else
        print_classes(out, sight);
    fputs("]}\n", out);
}

void cli_print_table(FILE *out, const cli_sight *sight)
{
    fprintf(out, "%s\n", sight->file);
    for (size_t i = 0; i < sight->count && sight->task == LN_TASK_CLASSIFY; i++) {
        const ln_class *c = &sight->classes[i];
        fprintf(out, "  %5.1f %%  %4u  %s\n", (double)c->score * 100, c->index, c->label);
    }
    for (size_t i = 0; i < sight->count && sight->task == LN_TASK_DETECT; i++) {
        const ln_object *o = &sight->objects[i];
        fprintf(out, "  %5.1f %%  %4u  at %3.0f,%-3.0f  %3.0f x %-3.0f  %s\n", (double)o->score * 100,
                o->index, (double)o->x, (double)o->y, (double)o->width, (double)o->height, o->label);
    }
}
