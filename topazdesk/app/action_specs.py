"""All actions of the window as data: name, words, default keys, icon, group. Help of all faces names them."""

from __future__ import annotations

from dataclasses import dataclass

from topazdesk.language import say


@dataclass(frozen=True, slots=True)
class Spec:
    """Describes an action. `keys` are in Qt's portable format; `group` is its heading in menu and shortcut list."""

    name: str
    text: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    group: str = ""


PICTURES, FILES, WORK, COMPARE = say("Pictures"), say("Open and copy"), say("Work"), say("Compare")
VIEW, PANELS, RUNS = say("View"), say("Panels"), say("Runs and archives")
PROGRAM, HELP = say("Program"), say("Help")

#: What may cost money: a key that is held down does it once.
SPENDING = frozenset(("enhance", "enhance_all"))
PALETTE = "palette"
#: The actions whose keys are obeyed before the window is whole. None of them spends or removes anything.
EARLY = frozenset({"add", "add_folder", "paste", "full_screen", "close", "help", PALETTE, "keys", "settings"})
#: In menu order.
SPECS: tuple[Spec, ...] = (
    Spec("add", "Add pictures…", ("Ctrl+O",), "add", PICTURES),
    Spec("add_folder", "Add a folder…", ("Ctrl+Shift+O",), "folder", PICTURES),
    Spec("paste", "Paste pictures", ("Ctrl+V",), "copy", PICTURES),
    Spec("remove", "Remove from the list", ("Delete",), "", PICTURES),
    Spec("find", "Filter the list", ("Ctrl+F",), "search", PICTURES),
    Spec("refused", "Skipped files…", (), "warning", PICTURES),
    Spec("open", "Open", ("Return", "Enter"), "choose", FILES),
    Spec("open_with", "Open with…", ("Ctrl+Alt+O",), "", FILES),
    Spec("show_result", "Show in folder", ("Ctrl+R",), "folder", FILES),
    Spec("show_original", "Show original in folder", ("Ctrl+Shift+R",), "folder", FILES),
    Spec("copy", "Copy", ("Ctrl+C",), "copy", FILES),
    Spec("copy_path", "Copy path", ("Ctrl+Alt+C",), "", FILES),
    Spec("file_details", "File details…", ("Ctrl+I",), "info", FILES),
    Spec("enhance", "Enhance", ("Ctrl+Return", "Ctrl+Enter"), "running", WORK),
    Spec("enhance_all", "Enhance all", ("Ctrl+Shift+Return", "Ctrl+Shift+Enter"), "", WORK),
    Spec("gallery", "Choose a model…", ("Ctrl+M",), "models", WORK),
    Spec("trials", "Try on an area", ("Ctrl+T",), "patch", WORK),
    Spec("undo", "Undo", ("Ctrl+Z",), "undo", WORK),
    Spec("redo", "Redo", ("Ctrl+Shift+Z",), "redo", WORK),
    Spec("copy_settings", "Copy settings", ("Ctrl+Shift+C",), "copy", FILES),
    Spec("paste_settings", "Paste settings", ("Ctrl+Shift+V",), "", FILES),
    Spec("own_settings", "Separate settings for selection", (), "", WORK),
    Spec("common_settings", "Use shared settings", (), "", WORK),
    Spec("reset", "Reset all settings", (), "reset", WORK),
    Spec("save_preset", "Save as a preset…", ("Ctrl+S",), "presets", WORK),
    Spec("import_preset", "Add presets from files…", (), "folder", WORK),
    Spec("saving", "Saving results…", ("Ctrl+Alt+S",), "folder", WORK),
    Spec("queue", "Show the queue", ("Ctrl+J",), "queued", WORK),
    Spec("pause", "Pause the queue", ("Ctrl+P",), "pause", WORK),
    Spec("renditions", "Several sizes or formats…", ("Ctrl+Alt+F",), "", RUNS),
    Spec("open_run", "Open run file…", ("Ctrl+Alt+R",), "folder", RUNS),
    Spec("save_run", "Save as run file…", ("Ctrl+Shift+S",), "save_picture", RUNS),
    Spec("hours", "Send only at some hours…", (), "queued", RUNS),
    Spec("after_run", "After the queue…", (), "power", RUNS),
    Spec("save_bag", "Save as archive bag…", (), "folder", RUNS),
    Spec("split", "Split view", ("Shift+Y",), "split", COMPARE),
    Spec("side", "Side by side", ("Y",), "side", COMPARE),
    Spec("fade", "Fade", ("F",), "fade", COMPARE),
    Spec("swap", "Swap before and after", ("\\",), "swap", COMPARE),
    Spec("difference", "Difference", ("D",), "difference", COMPARE),
    Spec("grid", "2 × 2: up to four results", ("G",), "grid", COMPARE),
    Spec("next_area", "Next changed area", ("N",), "", COMPARE),
    Spec("loupe", "Loupe", ("L",), "loupe", COMPARE),
    Spec("loupe_power", "Magnification of the loupe", ("Shift+L",), "", COMPARE),
    Spec("next_result", "Next result", ("Ctrl+Right",), "", COMPARE),
    Spec("previous_result", "Previous result", ("Ctrl+Left",), "", COMPARE),
    Spec("next_before", "Next result on the Before side", ("Ctrl+Shift+Right",), "", COMPARE),
    Spec("previous_before", "Previous result on the Before side", ("Ctrl+Shift+Left",), "", COMPARE),
    Spec("keep", "Keep this result", ("K",), "keep", COMPARE),
    Spec("reject", "Reject this result", ("X",), "reject", COMPARE),
    Spec("compare_with", "Compare with…", ("Ctrl+D",), "side", COMPARE),
    Spec("export", "Save the comparison as a picture…", ("Ctrl+E",), "save_picture", COMPARE),
    Spec("zoom", "Fit or 100 %", ("Z",), "fit", VIEW),
    Spec("zoom_in", "Zoom in", ("Ctrl++", "Ctrl+="), "", VIEW),
    Spec("zoom_out", "Zoom out", ("Ctrl+-",), "", VIEW),
    Spec("full_screen", "Full screen", ("F11",), "", VIEW),
    Spec("list_panel", "Pictures panel", ("F7",), "", PANELS),
    Spec("recipe_panel", "Adjustments panel", ("F8",), "", PANELS),
    Spec("side_panels", "Both side panels", ("F9",), "", PANELS),
    Spec("list_width", "Width of the pictures panel", ("Shift+F7",), "", PANELS),
    Spec("recipe_width", "Width of the adjustments panel", ("Shift+F8",), "", PANELS),
    Spec("key", "Add your Topaz key…", (), "key", PROGRAM),
    Spec("team", "Team…", (), "team", RUNS),
    Spec("accounts", "Accounts…", (), "key", PROGRAM),
    Spec("money", "Credits and charges…", ("Ctrl+Shift+B",), "price", PROGRAM),
    Spec("recover", "Recover results…", (), "downloading", PROGRAM),
    Spec("limits", "Spending limits…", (), "price", PROGRAM),
    Spec("metadata", "Metadata and sidecars…", (), "", PROGRAM),
    Spec("settings", "Settings…", ("Ctrl+,",), "settings", PROGRAM),
    Spec("help", "Help", ("?", "Shift+?", "F1"), "help", HELP),
    Spec("keys", "Keyboard shortcuts…", ("Ctrl+/",), "", HELP),
    Spec("palette", "Find a command…", ("Ctrl+K",), "search", HELP),
    Spec("hints", "Show the first hints again", (), "advice", HELP),
    Spec("report", "Report a problem…", (), "", HELP),
    Spec("about", "About topazdesk", (), "", HELP),
    Spec("close", "Close", ("Ctrl+Q",), "", PROGRAM),
)
