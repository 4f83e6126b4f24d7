/* template_texts.h - the files of templates/, compiled in (build-aux/embed-templates.sh) */
#ifndef LISTD_MAIL_TEMPLATE_TEXTS_H
#define LISTD_MAIL_TEMPLATE_TEXTS_H

struct template_text {
        const char *lang, *name, *text;
};

/* Ends with a row whose name is NULL. */
extern const struct template_text TEMPLATE_TEXTS[];

#endif
