"""What is refused beside an order."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound
from kernel.i18n import N_


class DraftUnknown(NotFound):
    code = "draft_unknown"
    message = N_("There is no such draft of yours.")


class DraftOwnerUnfit(Invalid):
    code = "draft_owner_unfit"
    message = N_("A draft can be made for somebody of the staff who is active.")


class TooManyDrafts(Conflict):
    code = "too_many_drafts"
    message = N_("You have {most} drafts; place or discard some first.")


class ContentTooLarge(Invalid):
    code = "content_too_large"
    message = N_("This is too much to be kept as a draft or template.")


class TemplateUnknown(NotFound):
    code = "template_unknown"
    message = N_("There is no such template.")


class TemplateUnnamed(Invalid):
    code = "template_unnamed"
    message = N_("Give the template a name of at most 120 characters.")


class TemplateNameTaken(Conflict):
    code = "template_name_taken"
    message = N_("There is a template named “{name}” already.")


class TemplateEmpty(Invalid):
    code = "template_empty"
    message = N_("A template needs at least one line.")


SKU_NOT_THERE = N_("Line {line}: there is no SKU {sku}.")


class TemplateGoodsUnknown(Invalid):
    """`problems` names each line."""

    code = "template_goods_unknown"
    message = N_("Some goods of the template are not known.")


class NoteEmpty(Invalid):
    code = "note_empty"
    message = N_("Write what is to be noted, in at most 4,000 characters.")


class NoteUnknown(NotFound):
    code = "note_unknown"
    message = N_("There is no such note.")


class AttachmentUnknown(NotFound):
    code = "attachment_unknown"
    message = N_("There is no such attachment.")


class TooManyAttachments(Conflict):
    code = "too_many_attachments"
    message = N_("An order has at most {most} attachments.")


class DocumentUnknown(NotFound):
    code = "channel_document_unknown"
    message = N_("This order was not received as a document.")
