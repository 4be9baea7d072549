// Messages without translation, for a server under AddressSanitizer: there bindtextdomain() waits for ever on glibc's lock of catalogues.
char *bindtextdomain(const char *domain, const char *directory) { return domain ? (char *)directory : 0; }
char *bind_textdomain_codeset(const char *domain, const char *codeset) {
    return domain ? (char *)codeset : 0;
}
char *textdomain(const char *domain) { return (char *)domain; }
char *gettext(const char *text) { return (char *)text; }
char *dgettext(const char *domain, const char *text) {
    (void)domain;
    return (char *)text;
}
char *ngettext(const char *one, const char *many, unsigned long n) { return (char *)(n == 1 ? one : many); }
char *dngettext(const char *domain, const char *one, const char *many, unsigned long n) {
    (void)domain;
    return ngettext(one, many, n);
}
