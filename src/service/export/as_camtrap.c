/* Camtrap DP 1.0.2 (https://camtrap-dp.tdwg.org): deployments, media and observations as CSV, with
 * datapackage.json. What only people know, such as where a camera stands, comes from the settings. */
#include "service/export/csv.h"
#include "service/export/as_camtrap_own.h"

#include <stdlib.h>
#include <string.h>

/* All columns of the standard, in its order: programs that check a table want them so. */
static const char DEPLOYMENTS[] =
    "deploymentID,locationID,locationName,latitude,longitude,coordinateUncertainty,deploymentStart,"
    "deploymentEnd,setupBy,cameraID,cameraModel,cameraDelay,cameraHeight,cameraDepth,cameraTilt,"
    "cameraHeading,"
    "detectionDistance,timestampIssues,baitUse,featureType,habitat,deploymentGroups,deploymentTags,"
    "deploymentComments";
static const char MEDIA[] =
    "mediaID,deploymentID,captureMethod,timestamp,filePath,filePublic,fileName,fileMediatype,exifData,"
    "favorite,mediaComments";
static const char OBSERVATIONS[] =
    "observationID,deploymentID,mediaID,eventID,eventStart,eventEnd,observationLevel,observationType,"
    "cameraSetupType,scientificName,count,lifeStage,sex,behavior,individualID,individualPositionRadius,"
    "individualPositionAngle,individualSpeed,bboxX,bboxY,bboxWidth,bboxHeight,classificationMethod,"
    "classifiedBy,classificationTimestamp,classificationProbability,observationTags,observationComments";

static ln_status begin_table(FILE **file, const char *header, ln_error *error)
{
    ln_status status = ln_export_spool(file, error);
    if (status != LN_OK)
        return status;
    fputs(header, *file);
    ln_csv_end(*file);
    return LN_OK;
}

static ln_status check_project(const ln_project *project, ln_error *error)
{
    const char *missing = !project->title                 ? "title"
                          : !project->contributor         ? "contributor"
                          : project->design == UINT64_MAX ? "sampling design"
                          : project->method == UINT64_MAX ? "capture method"
                                                          : NULL;
    return missing ? ln_fail(error, LN_ERR_ARGUMENT,
                             "Camtrap DP needs to know the project: add '%s' to [project] in the settings",
                             missing)
                   : LN_OK;
}

static ln_status begin(ln_exporting *e)
{
    ln_status status = check_project(&e->config->settings->project, e->error);
    if (status != LN_OK)
        return status;
    ln_camtrap *c = e->form = calloc(1, sizeof *c);
    if (c)
        c->is_seen = calloc(e->config->settings->species_count + 1, 1);
    if (!c || !c->is_seen)
        return ln_fail_memory(e->error);
    status = begin_table(&c->deployments, DEPLOYMENTS, e->error);
    if (status == LN_OK)
        status = begin_table(&c->media, MEDIA, e->error);
    return status == LN_OK ? begin_table(&c->observations, OBSERVATIONS, e->error) : status;
}

static ln_status check(ln_exporting *e, const ln_exported *p)
{
    if (ln_service_settings_site(e->config->settings, p->source, p->device))
        return LN_OK;
    return ln_fail(e->error, LN_ERR_ARGUMENT,
                   "Camtrap DP needs to know where camera %s/%s stands: add [camera %s/%s] with latitude and "
                   "longitude to the settings",
                   p->source, p->device, p->source, p->device);
}

/* ---- Deployments ----------------------------------------------------------------------------- */

static double less(double a, double b)
{
    return a < b ? a : b;
}

static double more(double a, double b)
{
    return a > b ? a : b;
}

static void extend(ln_camtrap *c, const ln_site *site)
{
    const double north = strtod(site->latitude, NULL), east = strtod(site->longitude, NULL);
    ln_camtrap_extent *x = &c->extent;
    if (!x->is_known)
        *x = (ln_camtrap_extent){north, east, north, east, c->first_ms, c->last_ms, 1};
    x->south = less(x->south, north);
    x->north = more(x->north, north);
    x->west = less(x->west, east);
    x->east = more(x->east, east);
    x->first_ms = c->first_ms < x->first_ms ? c->first_ms : x->first_ms;
    x->last_ms = c->last_ms > x->last_ms ? c->last_ms : x->last_ms;
}

static void put_deployment(const ln_exporting *e, ln_camtrap *c, const char *id)
{
    FILE *f = c->deployments;
    const ln_site *site = ln_service_settings_site(e->config->settings, c->source, c->name);
    ln_csv_text(f, id);
    fputs(",,", f);
    ln_csv_text(f, site->place);
    fprintf(f, ",%.6f,%.6f,,", strtod(site->latitude, NULL), strtod(site->longitude, NULL));
    ln_csv_time(f, c->first_ms);
    fputc(',', f);
    ln_csv_time(f, c->last_ms);
    fputs(",,", f);
    ln_csv_text(f, c->name);
    fputs(",,,,,,,,,,,,,,", f);
    ln_csv_end(f);
    extend(c, site);
}

static ln_status name_deployment(ln_text *name, const ln_camtrap *c, ln_error *error)
{
    ln_text_add(name, "%s/%s", c->source, c->name);
    return ln_text_check(name, error);
}

/* Ends the deployment that is open: all pictures of its camera have come. */
static ln_status end_deployment(ln_exporting *e)
{
    ln_camtrap *c = e->form;
    ln_text id = {0};
    if (!c->device)
        return LN_OK;
    ln_status status = name_deployment(&id, c, e->error);
    if (status == LN_OK)
        put_deployment(e, c, id.bytes);
    free(id.bytes);
    free(c->source);
    free(c->name);
    c->source = c->name = NULL;
    c->device = 0;
    return status;
}

static ln_status begin_deployment(ln_exporting *e, const ln_exported *p)
{
    ln_camtrap *c = e->form;
    ln_status status = c->device != p->key ? end_deployment(e) : LN_OK;
    if (status != LN_OK || c->device)
        return status;
    c->source = strdup(p->source);
    c->name = strdup(p->device);
    c->first_ms = p->row.first_ms;
    c->last_ms = p->row.last_ms;
    c->device = p->key;
    return c->source && c->name ? check(e, p) : ln_fail_memory(e->error);
}

static ln_status add(ln_exporting *e, const ln_export_item *item)
{
    ln_camtrap *c = e->form;
    const ln_picture_row *row = &item->picture->row;
    ln_text id = {0};
    ln_status status = begin_deployment(e, item->picture);
    if (status == LN_OK)
        status = name_deployment(&id, c, e->error);
    c->first_ms = row->first_ms < c->first_ms ? row->first_ms : c->first_ms;
    c->last_ms = row->last_ms > c->last_ms ? row->last_ms : c->last_ms;
    if (status == LN_OK)
        status = ln_camtrap_observe(e, item, id.bytes);
    free(id.bytes);
    return status;
}

/* ---- The end --------------------------------------------------------------------------------- */

static ln_status end(ln_exporting *e)
{
    const ln_camtrap *c = e->form;
    ln_status status = end_deployment(e);
    if (status == LN_OK && !c->extent.is_known)
        return ln_fail(e->error, LN_ERR_ARGUMENT, "there is no picture to export as Camtrap DP");
    if (status == LN_OK)
        status = ln_export_pack(e, "deployments.csv", c->deployments);
    if (status == LN_OK)
        status = ln_export_pack(e, "media.csv", c->media);
    if (status == LN_OK)
        status = ln_export_pack(e, "observations.csv", c->observations);
    return status == LN_OK ? ln_camtrap_describe(e) : status;
}

static void close_all(ln_exporting *e)
{
    ln_camtrap *c = e->form;
    if (!c)
        return;
    FILE *const files[] = {c->deployments, c->media, c->observations};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (files[i])
            fclose(files[i]);
    free(c->source);
    free(c->name);
    free(c->is_seen);
    free(c);
}

const ln_export_kind ln_export_camtrap = {"camtrap-dp", 1, begin, check, add, end, close_all};
