"""What keeps a file from being kept."""

from __future__ import annotations

from kernel.errors import Invalid, NotFound
from kernel.i18n import N_


class FileRefused(Invalid):
    """The file cannot be kept."""

    code = "file_refused"
    message = N_("This file cannot be kept.")


class FileEmpty(FileRefused):
    code = "file_empty"
    message = N_("The file {name} is empty.")


class FileTooLarge(FileRefused):
    code = "file_too_large"
    message = N_("The file {name} is larger than {limit} KB.")


class FileNotAnImage(FileRefused):
    code = "file_not_an_image"
    message = N_("The file {name} is not a picture (PNG, JPEG, GIF or WebP).")


class FilesFull(FileRefused):
    code = "files_full"
    message = N_("All files together may take {limit} MB; remove some first.")


class FileUnknown(NotFound):
    code = "file_unknown"
    message = N_("There is no such file for you.")
