#include "service/export/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>

#define CHUNK 65536

struct ln_pack {
    struct archive *archive;
    int64_t time_s;
};

static ln_status fail(const ln_pack *pack, ln_error *error)
{
    const char *why = archive_error_string(pack->archive);
    if (archive_errno(pack->archive) == ENOMEM)
        return ln_fail_memory(error);
    return ln_fail(error, LN_ERR_IO, "the ZIP file cannot be written: %s", why ? why : "unknown reason");
}

ln_status ln_pack_open(ln_pack **pack, FILE *out, int64_t time_s, ln_error *error)
{
    ln_pack *p = *pack = calloc(1, sizeof *p);
    if (p)
        *p = (ln_pack){archive_write_new(), time_s};
    if (!p || !p->archive) {
        free(p);
        *pack = NULL;
        return ln_fail_memory(error);
    }
    if (archive_write_set_format_zip(p->archive) == ARCHIVE_OK &&
        archive_write_set_bytes_in_last_block(p->archive, 1) == ARCHIVE_OK &&
        archive_write_open_FILE(p->archive, out) == ARCHIVE_OK)
        return LN_OK;
    ln_status status = fail(p, error);
    archive_write_free(p->archive);
    free(p);
    *pack = NULL;
    return status;
}

static ln_status begin(ln_pack *pack, const char *name, int64_t size, ln_error *error)
{
    struct archive_entry *entry = archive_entry_new();
    if (!entry)
        return ln_fail_memory(error);
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_mtime(entry, pack->time_s, 0);
    archive_entry_set_size(entry, size);
    const int result = archive_write_header(pack->archive, entry);
    archive_entry_free(entry);
    return result == ARCHIVE_OK ? LN_OK : fail(pack, error);
}

static ln_status add_bytes(ln_pack *pack, const void *bytes, size_t size, ln_error *error)
{
    return archive_write_data(pack->archive, bytes, size) == (la_ssize_t)size ? LN_OK : fail(pack, error);
}

ln_status ln_pack_add(ln_pack *pack, const char *name, const uint8_t *bytes, size_t size, ln_error *error)
{
    if (archive_write_zip_set_compression_store(pack->archive) != ARCHIVE_OK)
        return fail(pack, error);
    ln_status status = begin(pack, name, (int64_t)size, error);
    return status == LN_OK ? add_bytes(pack, bytes, size, error) : status;
}

ln_status ln_pack_add_file(ln_pack *pack, const char *name, FILE *file, ln_error *error)
{
    static const char what[] = "the temporary file of an export cannot be read";
    char chunk[CHUNK];
    if (fseeko(file, 0, SEEK_END) != 0)
        return ln_fail(error, LN_ERR_IO, what);
    const int64_t size = ftello(file);
    rewind(file);
    if (archive_write_zip_set_compression_deflate(pack->archive) != ARCHIVE_OK)
        return fail(pack, error);
    ln_status status = begin(pack, name, size, error);
    for (size_t part; status == LN_OK && (part = fread(chunk, 1, sizeof chunk, file)) > 0;)
        status = add_bytes(pack, chunk, part, error);
    return status == LN_OK && ferror(file) ? ln_fail(error, LN_ERR_IO, what) : status;
}

ln_status ln_pack_close(ln_pack *pack, ln_error *error)
{
    ln_status status = LN_OK;
    if (!pack)
        return LN_OK;
    if (archive_write_close(pack->archive) != ARCHIVE_OK)
        status = fail(pack, error);
    archive_write_free(pack->archive);
    free(pack);
    return status;
}
