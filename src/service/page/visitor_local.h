/* Whoever asks on this computer, as long as there are no accounts: an admin called "local". */
#ifndef LN_SERVICE_PAGE_VISITOR_LOCAL_H
#define LN_SERVICE_PAGE_VISITOR_LOCAL_H

#include "service/page/visitor.h"

/* The token of its forms is one of the process. */
ln_visitor_of ln_visitor_local;

#endif
