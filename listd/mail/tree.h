/* tree.h - HTML of mail as libxml2's tree, read within budgets (leaks X10) */
#ifndef LISTD_MAIL_TREE_H
#define LISTD_MAIL_TREE_H

#include <glib.h>
#include <libxml/HTMLparser.h>
#include <stdbool.h>

#include "mail/style.h"

/* What stands where hostile or endless HTML was cut. */
#define TREE_SHORTENED "[shortened]"

/* From valid UTF-8. NULL: there is nothing in it. *ret_is_whole false: a budget ended it early. xmlFreeDoc() frees. */
xmlDoc *tree_read(const char *utf8, size_t length, bool *ret_is_whole);

/* Without white space around it; NULL: there is no such attribute. The caller frees. */
char *tree_attribute(const xmlNode *node, const char *name);
int tree_number(const xmlNode *node, const char *name, int otherwise);

/* Takes in what the element's attributes hide. False: a reader sees nothing of the element. */
bool tree_sight(struct sight *sight, const xmlNode *node);

/* A picture of a pixel or less, which only counts who looks at it. */
bool tree_is_pixel(const xmlNode *node);

#endif
