/* The files of the page that are no HTML, as they stand beside this one: files.cmake makes them part of the
 * program. */
#ifndef LN_SERVICE_PAGE_PAGE_FILES_H
#define LN_SERVICE_PAGE_PAGE_FILES_H

extern const char ln_page_css[], ln_page_js[];

#endif
