"""One page with every control in every state, for the eye."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from topazdesk.ui.controls import (
    Badge,
    Button,
    CheckBox,
    Chip,
    Choice,
    ElidedLabel,
    IconButton,
    KeyCap,
    NumberField,
    Option,
    ProgressLine,
    RadioButton,
    SectionHead,
    Segmented,
    Slider,
    Surface,
    Switch,
    Text,
)


def controls_sheet() -> QWidget:
    """A `Surface` 680 px wide."""
    page = Surface("panel")
    column = QVBoxLayout(page)
    column.setContentsMargins(24, 20, 24, 20)
    column.setSpacing(12)
    column.addWidget(Text("Buttons", "title"))
    column.addLayout(_buttons())
    column.addWidget(Text("Sliders", "title"))
    column.addLayout(_sliders())
    column.addWidget(Text("Switch, choice, segments", "title"))
    column.addLayout(_row(*_switches()))
    ticked, chosen = CheckBox("Precise", "keeps what is there"), RadioButton("Keep it in the key ring", "Recommended")
    ticked.setChecked(True)
    chosen.setChecked(True)
    column.addLayout(_row(ticked, CheckBox("Creative"), chosen, RadioButton("Only for now", "You will be asked again")))
    views = [
        Option("split", "Split", "split"),
        Option("side", "Side by side", "side"),
        Option("d", "Difference", "difference"),
    ]
    modes = Segmented(views, name="View")
    modes.set_value("split")
    column.addLayout(_row(modes, Choice([("t", "TIFF 16 bit"), ("j", "JPEG")], name="Format"), stretch=True))
    sizes = Segmented(
        [Option(n, f"{n}×", second=f"{n * n} cr") for n in (1, 2, 4, 6)] + [Option(0, "Custom", second="…")],
        name="Size",
        two_lines=True,
        stretch=True,
    )
    sizes.set_value(4)
    column.addWidget(sizes)
    auto = Choice([("a", "Foreground")], name="Apply to", optional=True)
    place = Choice([("n", "Next to the original")], name="Folder", icon_name="folder")
    off = Choice([("n", "Not now")], name="Off")
    off.setEnabled(False)
    column.addLayout(_row(auto, place, off))
    column.addWidget(Text("Badges, states, progress, chips", "title"))
    column.addLayout(
        _row(
            *(Badge(kind) for kind in ("precise", "generative", "creative", "unverified", "outdated", "good")), end=True
        )
    )
    known, unknown, waiting = ProgressLine(), ProgressLine(), ProgressLine()
    known.set_share(0.43)
    unknown.set_unknown()
    waiting.set_waiting(0.6)
    column.addLayout(_row(known, unknown, waiting))
    chips = (
        Chip("Topaz", icon="service"),
        Chip("Sandbox · free", icon="sandbox", tinted=True),
        Chip("Plain", caret=False),
    )
    column.addLayout(_row(*chips, KeyCap("Ctrl"), KeyCap("Return"), end=True))
    head = SectionHead("Face enhancement")
    head.set_summary("Auto: set by Topaz")
    head.add_right(Switch(name="Face enhancement"))
    column.addWidget(head)
    folded = SectionHead("To enhance", role="small")
    folded.set_title("To enhance", "3")
    folded.set_summary("18 credits")
    folded.set_open(False)
    column.addWidget(folded)
    name = ElidedLabel("a-very-long-name-of-a-scanned-picture-from-the-archive-of-nineteen-eleven.tif")
    name.setFixedWidth(200)
    column.addWidget(name)
    page.resize(680, page.sizeHint().height())
    return page


def _buttons() -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(12)
    rows = (
        ("primary", "Enhance", "auto"),
        ("secondary", "Add", "add"),
        ("quiet", "Details", "info"),
        ("destructive", "Delete", "delete"),
    )
    for line, (variant, text, icon) in enumerate(rows):
        off = Button(text, variant, icon=icon)
        off.set_reason("Nothing to do")
        held = Button(text, variant, icon=icon)
        held.setDown(True)
        small = Button(text, variant, icon=icon, size="panel", caret=True)
        main = Button(text, variant, size="main")
        for at, button in enumerate((Button(text, variant, icon=icon), held, off, small, main)):
            grid.addWidget(button, line, at)
        grid.addWidget(IconButton(icon, text), line, 5)
    grid.setColumnStretch(6, 1)
    return grid


def _sliders() -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(8)
    grid.setVerticalSpacing(2)
    cases = ("auto", "value", "advised", "off advised", "steps", "disabled", "invalid")
    for line, case in enumerate(cases):
        whole = case == "steps"
        low, high, step = (1, 9, 1) if whole else (0, 1, 0.01)
        advised = None if case in ("auto", "value", "steps") else 0.8
        slider = Slider(low, high, step, name=case, advised=advised)
        field = NumberField(low, high, step, name=case, optional=True)
        value = {"value": 0.5, "advised": 0.8, "off advised": 0.45, "steps": 3, "disabled": 0.8, "invalid": 1.4}.get(
            case
        )
        if value is None:
            slider.set_auto()
            field.set_auto()
        else:
            slider.set_number(value)
            field.set_number(value)
        for control in (slider, field):
            control.setEnabled(case != "disabled")
        field.set_problem("Between 0 and 1." if case == "invalid" else "")
        grid.addWidget(Text(case.capitalize(), colour="text2" if case == "auto" else "text"), line, 0)
        grid.addWidget(slider, line, 1)
        grid.addWidget(field, line, 2)
        grid.setRowMinimumHeight(line, 30)
    grid.setColumnMinimumWidth(0, 92)
    return grid


def _switches() -> list[QWidget]:
    off, on, dead = Switch("Off"), Switch("On"), Switch("Disabled")
    on.setChecked(True)
    dead.setEnabled(False)
    lead = Switch("Auto-describe the picture", role="small", lead=True)
    return [off, on, dead, lead]


def _row(*widgets: QWidget, stretch: bool = False, end: bool = False) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget)
    if stretch or end:
        row.addStretch(1)
    return row
