/* A CSV file with a row for each picture. */
#include "service/export/csv.h"
#include "service/export/own.h"

#include "cloud/text.h"

#include <inttypes.h>
#include <stdlib.h>

static ln_status begin(ln_exporting *e)
{
    fputs("source,device,picture,first_packet,last_packet,packets,bytes,final,label,score,alarms", e->out);
    ln_csv_end(e->out);
    return LN_OK;
}

/* "fox (confirmed); quiet": what a rule is called has neither. */
static ln_status add_alarms(ln_exporting *e, const ln_exported_alarms *alarms)
{
    ln_text text = {0};
    for (size_t i = 0; i < alarms->count; i++) {
        const char *judged = ln_export_judged(alarms->alarms[i].judged);
        ln_text_add(&text, "%s%s%s%s%s", i ? "; " : "", alarms->alarms[i].rule, *judged ? " (" : "", judged,
                    *judged ? ")" : "");
    }
    ln_csv_text(e->out, text.bytes);
    ln_status status = ln_text_check(&text, e->error);
    free(text.bytes);
    return status;
}

static ln_status add(ln_exporting *e, const ln_export_item *item)
{
    const ln_exported *p = item->picture;
    ln_csv_text(e->out, p->source);
    fputc(',', e->out);
    ln_csv_text(e->out, p->device);
    fprintf(e->out, ",%" PRId64 ",", p->row.id);
    ln_csv_time(e->out, p->row.first_ms);
    fputc(',', e->out);
    ln_csv_time(e->out, p->row.last_ms);
    fprintf(e->out, ",%" PRIu32 ",%" PRIu32 ",%s,", p->row.packets, p->row.bytes,
            p->row.final ? "true" : "false");
    ln_csv_text(e->out, p->label);
    if (p->label)
        fprintf(e->out, ",%.4f,", p->row.score / 10000.0);
    else
        fputs(",,", e->out);
    ln_status status = add_alarms(e, item->alarms);
    ln_csv_end(e->out);
    return status == LN_OK && ferror(e->out) ? ln_fail(e->error, LN_ERR_IO, "the export cannot be written")
                                             : status;
}

const ln_export_kind ln_export_csv = {.name = "csv", .begin = begin, .add = add};
