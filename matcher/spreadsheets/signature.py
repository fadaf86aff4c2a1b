"""What a file is, by its first bytes and parts and not by its name."""

from __future__ import annotations

import io
import zipfile
from enum import StrEnum

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"


class FileKind(StrEnum):
    """Kinds of files that people offer as a list; one that is not read is a code under `files.errors`."""

    XLSX = "xlsx"
    XLSB = "xlsb"
    ODS = "ods"
    XLS = "xls"
    TEXT = "text"
    HTML = "html"
    LOCKED = "locked"
    OLD_EXCEL = "old_excel"
    XML_SPREADSHEET = "xml_spreadsheet"
    OLD_OFFICE = "old_office"
    NUMBERS = "numbers"
    DOCUMENT = "document"
    SLIDES = "slides"
    ARCHIVE = "archive"
    PDF = "pdf"
    PICTURE = "picture"
    JSON = "json"
    XML = "xml"
    CONTACTS = "contacts"
    CALENDAR = "calendar"
    DATABASE = "database"
    WEB_ARCHIVE = "web_archive"
    BINARY = "binary"


WORKBOOKS = frozenset({FileKind.XLSX, FileKind.XLSB, FileKind.ODS, FileKind.XLS})
_STARTS: tuple[tuple[bytes, FileKind], ...] = (
    (b"%PDF", FileKind.PDF),
    (b"{\\rtf", FileKind.DOCUMENT),
    (b"\x89PNG", FileKind.PICTURE),
    (b"\xff\xd8\xff", FileKind.PICTURE),
    (b"GIF8", FileKind.PICTURE),
    (b"\x1f\x8b", FileKind.ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", FileKind.ARCHIVE),
    (b"Rar!", FileKind.ARCHIVE),
    (b"BZh", FileKind.ARCHIVE),
    (b"\xfd7zXZ", FileKind.ARCHIVE),
    (b"SQLite format 3", FileKind.DATABASE),
    (b"PAR1", FileKind.DATABASE),
    (b"\x00\x01\x00\x00Standard ", FileKind.DATABASE),
    (b"\x09\x00\x04\x00", FileKind.OLD_EXCEL),  # BIFF 2, 3, 4: Excel up to 1992, no OLE around it
    (b"\x09\x02\x06\x00", FileKind.OLD_EXCEL),
    (b"\x09\x04\x06\x00", FileKind.OLD_EXCEL),
    (b"\x00\x00\x02\x00\x04\x04", FileKind.OLD_EXCEL),  # Lotus 1-2-3
)


_WORDS = (
    (b"begin:vcard", FileKind.CONTACTS),
    (b"begin:vcalendar", FileKind.CALENDAR),
    (b"mime-version:", FileKind.WEB_ARCHIVE),
)
"""How texts begin that are no list."""


def kind_of(data: bytes) -> FileKind:
    """What a file is. Raises nothing: a zip file that cannot be opened is a workbook, which is then damaged."""
    if data.startswith(_ZIP):
        return _zipped(data)
    if data.startswith(OLE):
        return _compound(data)
    for start, kind in _STARTS:
        if data.startswith(start):
            return kind
    return _textual(data)


def _zipped(data: bytes) -> FileKind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            names = [name.replace("\\", "/").lower() for name in parts.namelist()]
    except Exception:  # noqa: BLE001 - zipfile raises almost anything for damaged files
        return FileKind.XLSX
    if "xl/workbook.bin" in names:
        return FileKind.XLSB
    if any(name.endswith(".iwa") or name in {"index.zip", "index.apxl"} for name in names):
        return FileKind.NUMBERS
    if "content.xml" in names:
        mimetype = data[30:120]
        others = ((b"opendocument.text", FileKind.DOCUMENT), (b"opendocument.presentation", FileKind.SLIDES))
        return next((kind for sign, kind in others if sign in mimetype), FileKind.ODS)
    folders = (("xl/", FileKind.XLSX), ("word/", FileKind.DOCUMENT), ("ppt/", FileKind.SLIDES))
    last = FileKind.XLSX if "[content_types].xml" in names else FileKind.ARCHIVE
    return next((kind for folder, kind in folders if any(name.startswith(folder) for name in names)), last)


def _compound(data: bytes) -> FileKind:
    """By the names of the streams of an OLE file, which are UTF-16."""
    for name, kind in (
        ("EncryptedPackage", FileKind.LOCKED),
        ("Workbook", FileKind.XLS),
        ("Book", FileKind.XLS),
        ("WordDocument", FileKind.DOCUMENT),
        ("PowerPoint Document", FileKind.SLIDES),
    ):
        if name.encode("utf-16-le") in data:
            return kind
    return FileKind.OLD_OFFICE


def _textual(data: bytes) -> FileKind:
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    head = data[:4096].replace(b"\0", b"") if wide else data[:4096]
    head = head.removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").removeprefix(b"\xef\xbb\xbf")
    start = head.lstrip()[:400].lower()
    for word, kind in _WORDS:
        if start.startswith(word):
            return kind
    if start.startswith(b"<"):
        return _marked_up(head, start, data)
    if start.startswith((b"{", b"[")) and data.rstrip(b"\0\r\n\t ").endswith((b"}", b"]")):
        return FileKind.JSON
    sample = data[:65_536]
    zeros = sample.count(0)
    controls = sum(sample.count(byte) for byte in (1, 2, 3, 4, 5, 6, 7, 14, 15, 16, 17, 18, 19, 20, 21))
    if controls > len(sample) * 0.02 + 2 or (zeros > 4 and not wide and zeros < len(sample) * 0.35):
        return FileKind.BINARY
    return FileKind.TEXT  # nearly half zeros: UTF-16 without a mark, or UTF-32 with one


def _marked_up(head: bytes, start: bytes, data: bytes) -> FileKind:
    if b"urn:schemas-microsoft-com:office:spreadsheet" in head:
        return FileKind.XML_SPREADSHEET
    if b"<table" in data.replace(b"\0", b"").lower():
        return FileKind.HTML
    return FileKind.XML if start.startswith((b"<?xml", b"<!doctype", b"<html")) else FileKind.TEXT
