"""The viewer widget: a picture before and after, both at the same place and any zoom, never blank while it loads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPaintDevice,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from topazdesk.domain.geometry import Size
from topazdesk.errors import TopazdeskError
from topazdesk.media.tilecache import TileCache
from topazdesk.ui.runtime.debounce import Debounce
from topazdesk.ui.texts import tr
from topazdesk.ui.theme import px
from topazdesk.ui.viewer.divider import Divider
from topazdesk.ui.viewer.fade_bar import FadeBar
from topazdesk.ui.viewer.file_facts import FileFacts
from topazdesk.ui.viewer.input import ViewInput
from topazdesk.ui.viewer.loupe import Loupe
from topazdesk.ui.viewer.overlay_layout import OverlayLayout
from topazdesk.ui.viewer.scene import Scene, cross_rect, paint_scene
from topazdesk.ui.viewer.shown_files import ShownFile
from topazdesk.ui.viewer.side import CELLS, PAIR, Side
from topazdesk.ui.viewer.stage import Stage

_SETTLE_MS = 10


class CompareView(QWidget):
    """Compares two pictures given to `set_pair`; `stage` knows what is visible and where.

    Zoom is in percent of the after picture, or of the only picture there is. The wheel, + and − zoom at the pointer
    or the centre. Dragging pans both sides, with Shift only one. Z or a double click toggles between fit and 100 %.
    Holding Space shows the source; tapping it swaps the sides. `stop` ends the worker threads and must be called
    before the widget is destroyed; closing its window does that.
    """

    pair_shown = Signal()  # the pictures on screen are now different ones, sharp or not
    settled = Signal()  # everything visible is sharp
    problem = Signal(object)  # TopazdeskError, for the notice bar
    whole_shown = Signal()  # all that is on screen now could be read
    exported = Signal(object)  # the comparison was saved in this file (Path)
    pointed = Signal()  # `pointer_part` has changed
    stopped = Signal()  # the worker threads are ending

    def __init__(self, cache_dir: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        divider, cache = Divider(self), TileCache(cache_dir)
        stage = self.stage = Stage(self, divider, cache)
        self.facts = FileFacts(stage.pairs, self)
        self._furniture = OverlayLayout(stage, self.facts)
        self.loupe = Loupe(stage)
        self.fade_bar = FadeBar(stage)
        self._hands = ViewInput(stage, self.loupe)
        self._settling = Debounce(_SETTLE_MS, self._settle, self)  # once for all tiles that arrive together
        stage.looked.connect(self._looked)
        stage.arranged.connect(self._arranged)
        self.facts.changed.connect(self._place)
        stage.pair_shown.connect(self.pair_shown)
        stage.pair_shown.connect(self._tell_whether_whole)
        stage.pair_shown.connect(self._tell_when_settled)
        stage.offset_changed.connect(self.update)
        stage.fade_changed.connect(self.update)
        stage.pairs.pixels_changed.connect(self._pixels_changed)
        stage.pairs.problem.connect(self._problem)
        divider.valueChanged.connect(self._divider_moved)
        self._furniture.turn.clicked.connect(stage.turn_divider)
        self._furniture.overview.went.connect(stage.centre)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        # Left and right are those of the picture, in every language, and before is left of after.
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setMinimumSize(px(136), px(160))  # what the panel of changes leaves in the narrowest column
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Picture viewer"))
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.stop)  # unfinished tile work would delay the end of the program

    # --- what is shown ---

    def set_pair(
        self,
        before: Path | None,
        after: Path | None,
        sizes: tuple[Size | None, Size | None] = (None, None),
        words: tuple[str, str] = ("", ""),
        page: int = 0,
    ) -> None:
        """Show these files, of that before a page, and return at once.

        The current pictures stay on screen until the new ones have loaded.

        Pass their `sizes` (before, after) in pixels where they are known, and `words` for sides that are something
        else than the picture before and after.
        """
        files = {
            side: ShownFile(path, size, word, page if side is Side.BEFORE else 0)
            for side, path, size, word in zip(PAIR, (before, after), sizes, words, strict=True)
            if path is not None
        }
        self._show_files(files)

    def set_files(
        self,
        files: Sequence[ShownFile],
        subject: tuple[Path, int] | None = None,
        kept: Collection[Path] = (),
        *,
        is_grid: bool = False,
        origin: ShownFile | None = None,
    ) -> None:
        """Show these files, in the 2 × 2 up to four, as `set_pair` does.

        `subject` is the picture (and its page) that they are about: among its results the view keeps its place. Files
        in `kept` stay in memory if they are on screen now. `origin` is the picture itself where the 2 × 2 has no cell
        for it.
        """
        placed = dict(zip(CELLS, files, strict=False))
        if origin is not None and is_grid:
            placed[Side.ORIGIN] = origin
        self._show_files(placed, subject, kept, is_grid=is_grid)

    def _show_files(
        self,
        files: dict[Side, ShownFile],
        subject: tuple[Path, int] | None = None,
        kept: Collection[Path] = (),
        *,
        is_grid: bool = False,
    ) -> None:
        physical = self.stage.physical()
        box = Size(max(256, physical.width()), max(256, physical.height()))
        self.stage.pairs.set_pair(files, box, subject, kept, is_grid=is_grid)
        self._arranged()

    def stop(self) -> None:
        """End the worker threads. Idempotent."""
        self.stage.stop()
        self.facts.stop()
        self.stopped.emit()

    # --- reactions to the stage ---

    def _pixels_changed(self) -> None:
        self.update()
        self._tell_when_settled()

    def _tell_whether_whole(self) -> None:
        pairs = self.stage.pairs
        if not pairs.is_loading and not pairs.shown.errors and not pairs.shown.blurred:
            self.whole_shown.emit()

    def _tell_when_settled(self) -> None:
        self._settling.soon()

    def _settle(self) -> None:
        if self.stage.is_sharp:
            self.settled.emit()

    def _problem(self, _side: Side, error: TopazdeskError) -> None:
        self.problem.emit(error)

    def _divider_moved(self) -> None:
        self._furniture.place_labels()
        self.loupe.raise_()
        self.update()

    def _place(self) -> None:
        self._furniture.place()
        self.loupe.raise_()  # half of the divider's buttons lay on it

    def _arranged(self) -> None:
        self._place()
        stage = self.stage
        self.fade_bar.place(shown=stage.mode.has_fader and stage.compares_now and not stage.holds_source)
        self.update()

    def _looked(self) -> None:
        self._furniture.follow_look()
        self.update()
        if self.stage.pointer_at is not None:  # the pointer rests, but something else lies under it now
            self.pointed.emit()

    # --- events ---

    def focus_shape(self) -> tuple[QRectF, float]:
        """Put the focus ring inside the widget, where no neighbour covers it."""
        inset = px(5)
        return QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 0

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the background, the pictures, and the cross that marks the pointer's place in the other pane."""
        self.render_on(self)

    def render_on(self, device: QPaintDevice) -> None:
        """Paint the pictures, without labels and other overlays, on a device of the same size."""
        crosses, stage = self._crosses() if device is self else (), self.stage
        scene = Scene(stage.pairs.shown, stage.panes(), stage.viewport, crosses, stage.pairs.is_loading)
        paint_scene(stage, scene, device)

    def keep_free(self, uncovered: Callable[[], QRectF | None]) -> None:
        """Keep labels off the part of the view that `uncovered` returns; call `place_labels` when it has changed."""
        self._furniture.keep_free(uncovered)

    def place_labels(self) -> None:
        """Place the labels anew."""
        self._furniture.place_labels()

    def visible_labels(self) -> list[QWidget]:
        """Return the visible labels that name the sides, for an export."""
        return self._furniture.visible_labels()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the same place in view; a fitted picture stays fitted."""
        self.stage.refit()
        self._arranged()
        super().resizeEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        self._hands.wheel(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start to drag the picture."""
        self._hands.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan during a drag; otherwise move the cross to the pointer."""
        if self._hands.move(event):
            self.point(None)  # it was let go over some other program
            return
        self.point(event.position())
        self.loupe.move_to(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag."""
        self._hands.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Toggle between fit and 100 % at the pointer."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.stage.toggle_zoom(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        """Hide the cross."""
        self.point(None)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle the viewer's own keys; all others go on to the window."""
        self._hands.key_press(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Handle the release of Space."""
        if not self._hands.key_release(event):
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Treat held keys as released, because their release will arrive elsewhere."""
        self._hands.focus_lost()
        super().focusOutEvent(event)

    def event(self, event: QEvent) -> bool:
        """Zoom on a touchpad pinch, and refit when the screen or theme changes."""
        if isinstance(event, QNativeGestureEvent) and self._hands.pinch(event):
            return True
        handled = super().event(event)
        if event.type() in (QEvent.Type.DevicePixelRatioChange, QEvent.Type.StyleChange, QEvent.Type.PaletteChange):
            self.stage.refit()
            self._arranged()
        return handled

    def closeEvent(self, event: QCloseEvent) -> None:
        """End the threads when the viewer is a window of its own."""
        self.stop()
        super().closeEvent(event)

    @property
    def pointer_part(self) -> tuple[float, float] | None:
        """The place in the frame under the pointer, from 0 to 1; None beside the picture or during a drag."""
        at = self.stage.pointer_at
        return self.stage.part_under(at) if at is not None and not self._hands.is_dragging else None

    def point(self, at: QPointF | None) -> None:
        """Record where the pointer is, or None when it has left, and repaint the crosses."""
        before = self._crosses()
        self.stage.pointer_at = at
        for point in (*before, *self._crosses()):
            self.update(cross_rect(point))
        self.pointed.emit()

    def _crosses(self) -> tuple[QPointF, ...]:
        """Return where the other panes mark the pointer's place, in logical pixels."""
        stage, at = self.stage, self.stage.pointer_at
        if at is None or not stage.mode.each_has_a_pane or stage.viewport is None or self._hands.is_dragging:
            return ()
        areas = [pane.area for pane in stage.panes()]
        point = (at * stage.ratio).toPoint()
        here = next((area for area in areas if area.contains(point)), None)
        if here is None:
            return ()
        return tuple(at + QPointF(there.topLeft() - here.topLeft()) / stage.ratio for there in areas if there != here)
