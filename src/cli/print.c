#include "cli/print.h"

#include "cli/json.h"

#include <stdio.h>

/* The beginning of an object, which is left open. */
static void print_finding(size_t i, unsigned index, const char *label, float score)
{
    printf("%s{\"class\":%u,\"label\":", i ? "," : "", index);
    cli_json_string(stdout, label);
    printf(",\"score\":%.4f", (double)score);
}

static void print_classes(const cli_sight *sight)
{
    for (size_t i = 0; i < sight->count; i++) {
        const ln_class *c = &sight->classes[i];
        print_finding(i, c->index, c->label, c->score);
        putchar('}');
    }
}

static void print_objects(const cli_sight *sight)
{
    for (size_t i = 0; i < sight->count; i++) {
        const ln_object *o = &sight->objects[i];
        print_finding(i, o->index, o->label, o->score);
        printf(",\"box\":[%.1f,%.1f,%.1f,%.1f]}", (double)o->x, (double)o->y, (double)o->width,
               (double)o->height);
    }
}

void cli_print_json(const cli_sight *sight)
{
    int detects = sight->task == LN_TASK_DETECT;
    fputs("{\"file\":", stdout);
    cli_json_string(stdout, sight->file);
    printf(",\"bytes\":%llu,\"packets\":%llu,\"%s\":[", (unsigned long long)sight->used.bytes,
           (unsigned long long)sight->used.packets, detects ? "objects" : "top");
    if (detects)
        print_objects(sight);
    else
        print_classes(sight);
    puts("]}");
}

void cli_print_table(const cli_sight *sight)
{
    printf("%s\n", sight->file);
    for (size_t i = 0; i < sight->count && sight->task == LN_TASK_CLASSIFY; i++) {
        const ln_class *c = &sight->classes[i];
        printf("  %5.1f %%  %4u  %s\n", (double)c->score * 100, c->index, c->label);
    }
    for (size_t i = 0; i < sight->count && sight->task == LN_TASK_DETECT; i++) {
        const ln_object *o = &sight->objects[i];
        printf("  %5.1f %%  %4u  at %3.0f,%-3.0f  %3.0f x %-3.0f  %s\n", (double)o->score * 100, o->index,
               (double)o->x, (double)o->y, (double)o->width, (double)o->height, o->label);
    }
}
