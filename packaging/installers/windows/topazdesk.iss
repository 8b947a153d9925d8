; The installer for Windows, for Inno Setup 6.3 or newer, from the folder that "dev.py build app" makes on Windows:
;   iscc /DVersion=0.1.0 packaging\installers\windows\topazdesk.iss
; It installs for one user without asking for an administrator, or for all of them where one agrees.

#ifndef Version
  #error Say which version: /DVersion=...
#endif

[Setup]
AppId={{6F0E2C5B-6E0B-4C43-9E55-2D7D4C1F7A10}
AppName=topazdesk
AppVersion={#Version}
AppPublisher=The topazdesk authors
DefaultDirName={autopf}\topazdesk
DefaultGroupName=topazdesk
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
LicenseFile=..\..\..\dist\topazdesk\licences\LICENCES.txt
OutputDir=..\..\..\dist
OutputBaseFilename=topazdesk-{#Version}-setup
SetupIconFile=..\..\..\build\installers\topazdesk.ico
UninstallDisplayIcon={app}\topazdesk-window.exe
Compression=lzma2
SolidCompression=yes
WizardStyle=modern
ChangesEnvironment=yes
; A window that is open, or a service or worker of it, is asked to end before files are replaced.
CloseApplications=yes
RestartApplications=no

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"
Name: "de"; MessagesFile: "compiler:Languages\German.isl"
Name: "fr"; MessagesFile: "compiler:Languages\French.isl"
Name: "es"; MessagesFile: "compiler:Languages\Spanish.isl"
Name: "ja"; MessagesFile: "compiler:Languages\Japanese.isl"

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked
Name: "path"; Description: "topazdesk on the command line (PATH)"; Flags: unchecked

[Files]
Source: "..\..\..\dist\topazdesk\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs
Source: "..\..\watch\topazdesk-watch.xml"; DestDir: "{app}\examples"; Flags: ignoreversion

[InstallDelete]
; An earlier version's libraries must not be found beside the new ones. The profile is elsewhere and stays.
Type: filesandordirs; Name: "{app}\_internal"

[Icons]
Name: "{group}\topazdesk"; Filename: "{app}\topazdesk-window.exe"; AppUserModelID: "topazdesk"
Name: "{autodesktop}\topazdesk"; Filename: "{app}\topazdesk-window.exe"; Tasks: desktopicon; AppUserModelID: "topazdesk"

[Registry]
; "Open with" for pictures, without becoming anybody's default.
Root: HKA; Subkey: "Software\Classes\Applications\topazdesk-window.exe\shell\open\command"; ValueType: string; ValueData: """{app}\topazdesk-window.exe"" ""%1"""; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\SystemFileAssociations\image\OpenWithList\topazdesk-window.exe"; Flags: uninsdeletekey
Root: HKA; Subkey: "{code:EnvironmentKey}"; ValueType: expandsz; ValueName: "Path"; ValueData: "{olddata};{app}"; Tasks: path; Check: IsMissingInPath

[Run]
Filename: "{app}\topazdesk-window.exe"; Description: "{cm:LaunchProgram,topazdesk}"; Flags: nowait postinstall skipifsilent

[Code]
function EnvironmentKey(Unused: String): String;
begin
  if IsAdminInstallMode then
    Result := 'SYSTEM\CurrentControlSet\Control\Session Manager\Environment'
  else
    Result := 'Environment';
end;

function IsMissingInPath: Boolean;
var
  Path: String;
begin
  if not RegQueryStringValue(HKA, EnvironmentKey(''), 'Path', Path) then
    Path := '';
  Result := Pos(';' + Uppercase(ExpandConstant('{app}')) + ';', ';' + Uppercase(Path) + ';') = 0;
end;
