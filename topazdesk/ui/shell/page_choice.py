"""The entries for files with several pages: each page can be a row of its own, all of them by one click."""

from __future__ import annotations

from topazdesk.domain.image import PageKind
from topazdesk.language import say
from topazdesk.ui.controls import Menu
from topazdesk.ui.host.picture_menu import Part, PictureMenus, Subject
from topazdesk.ui.models.library import Library
from topazdesk.ui.models.picture import Picture, Section
from topazdesk.ui.texts import number, tr, translated
from topazdesk.ui.theme.icons import icon

#: So many pages have an entry each; of longer files all can be added.
_MOST = 40


class PageChoice:
    """Fills the context menu of a picture with the pages of its file."""

    def __init__(self, library: Library, menus: PictureMenus) -> None:
        self._library = library
        menus.add(Part.WORK, self._fill)

    def _fill(self, menu: Menu, subject: Subject) -> None:
        several = [p for p in subject.pictures if p.info is not None and p.info.pages > 1]
        if not several:
            return
        if len(several) > 1 or len(subject.pictures) > 1:
            entry = menu.addAction(icon("add"), tr("Add all pages of these files"))
            entry.triggered.connect(lambda: self._all(several))
            return
        [picture] = several
        info = picture.info
        assert info is not None  # noqa: S101 `several` has only those
        one, both, every = _WORDS[info.page_kind]
        submenu = Menu(menu)
        submenu.setTitle(translated(one).format(n=number(info.page + 1), all=number(info.pages)))
        everything = submenu.addAction(translated(both if info.pages == 2 else every).format(all=number(info.pages)))
        everything.setToolTip(tr("Each gets a price and a result of its own."))
        everything.triggered.connect(lambda: self._all([picture]))
        if info.pages <= _MOST:
            submenu.addSeparator()
            for page in range(info.pages):
                there = self._library.pictures.at(picture.path, page)
                entry = submenu.addAction(translated(one).format(n=number(page + 1), all=number(info.pages)))
                entry.setCheckable(True)
                entry.setChecked(there is not None)
                entry.setEnabled(there is None or there.section is not Section.PROGRESS)
                entry.triggered.connect(lambda wanted, n=page: self._set(picture, n, wanted=wanted))
        menu.addMenu(submenu)

    def _all(self, pictures: list[Picture]) -> None:
        for picture in pictures:
            assert picture.info is not None  # noqa: S101 as above
            self._library.add_pages(picture.path, range(picture.info.pages))

    def _set(self, picture: Picture, page: int, *, wanted: bool) -> None:
        there = self._library.pictures.at(picture.path, page)
        if wanted:
            self._library.add_pages(picture.path, [page])
        elif there is not None:
            self._library.remove([there.id])


_WORDS = {
    PageKind.PAGE: (say("Page {n} of {all}"), say("Both pages, one by one"), say("All {all} pages, one by one")),
    PageKind.FRAME: (say("Frame {n} of {all}"), say("Both frames, one by one"), say("All {all} frames, one by one")),
    PageKind.PICTURE: (
        say("Picture {n} of {all}"),
        say("Both pictures, one by one"),
        say("All {all} pictures, one by one"),
    ),
}
