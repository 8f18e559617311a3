"""The rules, in the order in which they are told. One module each; a module's `RULE` is the rule."""

from __future__ import annotations

from distro.preflight.rule import Rule
from distro.preflight.rules import (
    audience_changed,
    audience_empty,
    audience_fallback,
    audience_language,
    audience_overlap,
    audience_suppressed,
    form_acronym,
    form_advisory,
    form_alt,
    form_boilerplate,
    form_dangling,
    form_dateline,
    form_doubled,
    form_eaten,
    form_end_mark,
    form_headline,
    form_headline_length,
    form_link,
    form_link_dead,
    form_link_text,
    form_press_contact,
    form_primary,
    form_quote_open,
    form_quote_speaker,
    form_reading,
    form_release_line,
    form_resource,
    mail_contrast,
    mail_css,
    mail_image_size,
    mail_size,
    mail_spam,
    mail_subject,
    mail_text_part,
)

FORM: tuple[Rule, ...] = (
    form_primary.RULE,
    form_release_line.RULE,
    form_press_contact.RULE,
    form_headline.RULE,
    form_headline_length.RULE,
    form_dateline.RULE,
    form_boilerplate.RULE,
    form_quote_open.RULE,
    form_quote_speaker.RULE,
    form_advisory.RULE,
    form_end_mark.RULE,
    form_link_text.RULE,
    form_dangling.RULE,
    form_link.RULE,
    form_link_dead.RULE,
    form_resource.RULE,
    form_eaten.RULE,
    form_doubled.RULE,
    form_acronym.RULE,
    form_alt.RULE,
    form_reading.RULE,
)

MAIL: tuple[Rule, ...] = (
    mail_size.RULE,
    mail_subject.RULE,
    mail_spam.RULE,
    mail_contrast.RULE,
    mail_css.RULE,
    mail_image_size.RULE,
    mail_text_part.RULE,
)

AUDIENCE: tuple[Rule, ...] = (
    audience_empty.RULE,
    audience_suppressed.RULE,
    audience_language.RULE,
    audience_fallback.RULE,
    audience_overlap.RULE,
    audience_changed.RULE,
)

RULES: tuple[Rule, ...] = (*FORM, *MAIL, *AUDIENCE)
