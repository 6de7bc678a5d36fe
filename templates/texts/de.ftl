### Alle Texte der Seiten und Mails auf Deutsch. Wir sagen „du“.
### [name]Wörter[/name] wird zu einem Link; die Adresse gibt die Seite.

## Jede Seite
skip-to-main = Zum Inhalt springen
title-error = Fehler: { $title }
errors-title = Da stimmt etwas nicht
error-before = Fehler:
foot-help = Hilfe
foot-privacy = Datenschutz
foot-terms = Nutzungsbedingungen
cover-signing-in = Du meldest dich an bei
cover-signing-up = Du registrierst dich für
cover-request = Eine Anfrage von
cover-way-back = Auf dem Rückweg zu
cover-own-title = Dein Konto
cover-own-text = Ein { $brand }-Konto für alle deine Apps.
continue = Weiter
cancel = Abbrechen
remove = Entfernen
reference = Referenz
time = Zeit
sign-out = Abmelden
start-again = Neu beginnen
try-again = Noch einmal versuchen
back-to-app = Zurück zu { $app }
not-you = Nicht du?
too-many-tries = Zu viele Versuche. Warte { $wait } und versuch es dann noch einmal.
wait-minutes = { $count ->
    [one] 1 Minute
   *[other] { $count } Minuten
 }
wait-hours = { $count ->
    [one] 1 Stunde
   *[other] { $count } Stunden
 }
wait-days = { $count ->
    [one] 1 Tag
   *[other] { $count } Tage
 }

## Zeiten, auf die Minute; { $zone } ist „UTC“ oder „UTC+1“
moment = { $day }. { $month } { $year }, { $time } Uhr ({ $zone })
month-january = Januar
month-february = Februar
month-march = März
month-april = April
month-may = Mai
month-june = Juni
month-july = Juli
month-august = August
month-september = September
month-october = Oktober
month-november = November
month-december = Dezember

## Passwörter
password-show = Anzeigen
password-hide = Verbergen
password-reveal-what = Passwort
password-strength = Stärke des Passworts
password-more-characters = Noch # Zeichen.
password-guessable = Leicht zu erraten: Nimm mehr verschiedene Zeichen.
password-good = Gut.
password-strong = Stark.
caps-lock = Die Feststelltaste ist an.
password-missing = Wähle ein Passwort
password-too-short = Nimm mindestens { $min } Zeichen für dein Passwort
password-too-long = Nimm höchstens { $max } Zeichen für dein Passwort
password-is-personal = Wähle ein Passwort ohne deinen Namen, deinen Benutzernamen und deine E-Mail-Adresse
password-is-of-service = Wähle ein Passwort ohne den Namen dieses Dienstes
password-too-weak = Wähle ein Passwort, das schwerer zu erraten ist: Häng ein paar zufällige Wörter an

## E-Mail-Adressen
email-missing = Gib deine E-Mail-Adresse ein
email-invalid = Gib eine E-Mail-Adresse wie name@example.com ein

## Ein vergessenes Passwort
forgot-title = Passwort vergessen?
forgot-lead = Sag uns deine E-Mail-Adresse. Wir schicken dir einen Link, mit dem du ein neues Passwort wählst.
forgot-without-mail = Dieser Dienst verschickt keine E-Mails. Bitte die Betreiber um ein neues Passwort.
forgot-submit = Link schicken
forgot-remembered = Wieder eingefallen?
reset-sent-title = Sieh in deine Mails
reset-sent-lead = Wenn es ein Konto für { $email } gibt, ist eine E-Mail unterwegs. Das kann eine Minute dauern.
reset-sent-newest-lead = Wenn es ein Konto für { $email } gibt, haben wir dorthin schon mehrere Links geschickt. Nimm die neueste E-Mail: Ihr Link gilt noch.
reset-sent-hours = Der Link darin gilt { $hours ->
    [one] 1 Stunde
   *[other] { $hours } Stunden
 }.
reset-sent-minutes = Der Link darin gilt { $minutes ->
    [one] 1 Minute
   *[other] { $minutes } Minuten
 }.
reset-sent-nothing-hint = Sieh auch im Spam-Ordner nach. Wenn du dich mit einer anderen Adresse registriert hast, nimm die.
reset-send-again = Noch einmal schicken
reset-back-to-sign-in = Zurück zur Anmeldung
reset-title = Wähle ein neues Passwort
reset-lead = Überall sonst wirst du abgemeldet.
reset-password = Neues Passwort
reset-submit = Speichern und anmelden
invitation-title = Willkommen
invitation-lead = Wähle ein Passwort für dein Konto bei { $brand }.
renew-operator = Die Betreiber dieses Dienstes bitten dich um ein neues Passwort. Dein bisheriges öffnet dein Konto nicht mehr.
renew-leaked = Das Passwort, das du benutzt hast, steht auf Listen bekannt gewordener Passwörter, und Fremde könnten es ausprobieren. Wähle ein neues, um weiterzumachen.
renew-submit = Speichern und weiter
reset-new-link = Neuen Link schicken
reset-used-title = Dieser Link wurde schon benutzt
reset-used-text = Ein Link gilt nur einmal. Wenn du es warst, melde dich mit dem neuen Passwort an. Wenn nicht, oder wenn du es vergessen hast, lass dir einen neuen Link schicken.
reset-expired-title = Dieser Link ist abgelaufen
reset-expired-text = Lass dir einen neuen schicken: Dein Passwort ist unverändert.
reset-superseded-title = Dieser Link gilt nicht mehr
reset-superseded-text = Es gibt einen neueren Link, oder dein Passwort oder deine E-Mail-Adresse wurde inzwischen geändert. Nimm die neueste E-Mail oder lass dir einen neuen Link schicken.
reset-elsewhere-title = Öffne diesen Link noch einmal
reset-elsewhere-text = Noch ist nichts geändert. Inzwischen wurde in diesem Browser ein anderer Link geöffnet, oder seine Cookies wurden entfernt. Öffne diesen Link noch einmal aus seiner E-Mail: Er gilt noch.
reset-unknown-title = Dieser Link ist nicht vollständig
reset-unknown-text = Öffne ihn noch einmal aus der E-Mail, oder kopiere die ganze Adresse in deinen Browser. Du kannst dir auch einen neuen Link schicken lassen.

## Anmelden
login-title = Anmelden
login-lead = Melde dich mit deinem { $brand }-Konto an.
login-username = E-Mail oder Benutzername
recover-title = Zurück in dein Konto
recover-lead = Für den Fall, dass du keinen deiner zweiten Schritte mehr benutzen kannst. Wir schicken dir einen Link, du sagst uns, was passiert ist, und die Betreiber dieses Dienstes entscheiden.
recover-without-mail = Für den Fall, dass du keinen deiner zweiten Schritte mehr benutzen kannst. Dieser Dienst verschickt keine E-Mails: Wende dich an die Betreiber.
recover-contact = Die Betreiber dieses Dienstes erreichen
recover-sent-text = Wenn es ein Konto für { $email } gibt, ist eine E-Mail unterwegs. Der Link darin gilt 1 Stunde.
recover-reason-title = Was ist passiert?
recover-reason-lead = Noch ändert sich nichts. Die Betreiber dieses Dienstes lesen, was du schreibst, und fragen vielleicht nach, ob du es wirklich bist.
recover-reason-beside = Jemand hat schon vorher darum gebeten und erzählt, was passiert ist. Was du schreibst, wird daneben gelesen: Wenn du das nicht warst, schreib es.
recover-reason-label = In deinen Worten
recover-reason-hint = Höchstens { $max } Zeichen. Keine Passwörter und Codes.
recover-reason-missing = Sag in ein paar Worten, was passiert ist
recover-reason-too-long = Nimm höchstens { $max } Zeichen
recover-reason-submit = Um Hilfe bitten
recover-recorded-title = Die Betreiber dieses Dienstes sehen es sich an
recover-recorded-text = Du bekommst eine E-Mail, wenn sie entschieden haben. Wenn du bis dahin einen zweiten Schritt wiederfindest, melde dich damit an und beende es dort.
recover-waiting-title = Darum wurde schon gebeten
recover-waiting-text = Die Betreiber dieses Dienstes entscheiden darüber oder haben entschieden: Sieh nach ihrer E-Mail. Wenn du einen zweiten Schritt wiederfindest, melde dich damit an und beende es dort.
recover-ended-title = Diese Bitte ist erledigt
recover-ended-text = Darüber ist entschieden, oder sie wurde aufgehalten. Wenn du noch immer nicht in dein Konto kommst, lass dir einen neuen Link schicken.
recover-unneeded-title = Du brauchst nur ein Passwort
recover-unneeded-text = Dein Konto verlangt keinen zweiten Schritt. Wenn du dein Passwort vergessen hast, wähle ein neues.
recover-over-text = Lass dir einen neuen Link schicken. Dein Konto ist unverändert.
recover-stop-title = Warst du das nicht?
recover-stop-lead = Jemand möchte die zweiten Schritte dieses Kontos entfernen lassen. Wenn du es nicht warst, halte es auf: Alles bleibt, wie es ist.
recover-stop-submit = Das war ich nicht
recover-stopped-title = Es ist aufgehalten
recover-stopped-text = Deine zweiten Schritte bleiben, wie sie sind. Wer darum gebeten hat, liest deine E-Mails: Ändere das Passwort deines Postfachs, und wähle hier ein neues.
recover-late-title = Es gibt nichts mehr aufzuhalten
recover-late-text = Es wurde schon aufgehalten, abgelehnt oder erledigt. Wenn du nicht sicher bist, dass dein Konto dir allein gehört, wähle ein neues Passwort.
recover-not-stopped-title = Noch ist nichts aufgehalten
recover-not-stopped-text = Dieser Link ist nicht vollständig, oder seine Seite war zu lange offen. Öffne ihn noch einmal aus der E-Mail, oder kopiere die ganze Adresse. Wenn du kannst, melde dich an und halte es dort auf.
login-password = Passwort
login-forgot = Passwort vergessen?
login-remember = Auf diesem Gerät angemeldet bleiben
login-submit = Anmelden
login-new-here = Neu hier?
login-sign-up = Konto erstellen
login-incomplete = Gib deine E-Mail-Adresse oder deinen Benutzernamen ein, und dein Passwort.
login-no-password = Gib dein Passwort ein.
login-wrong-credentials = E-Mail oder Passwort stimmt nicht. Prüf beides und versuch es noch einmal.
login-wrong-credentials-reset = E-Mail oder Passwort stimmt nicht. Prüf beides und versuch es noch einmal. Du kannst auch ein neues Passwort wählen: Nach vielen falschen hintereinander hilft nur das.
login-wrong-credentials-reset-passkey = E-Mail oder Passwort stimmt nicht. Prüf beides und versuch es noch einmal. Du kannst auch ein neues Passwort wählen: Nach vielen falschen hintereinander hilft nur das oder ein Passkey.
login-wrong-credentials-day = E-Mail oder Passwort stimmt nicht. Prüf beides und versuch es noch einmal. Nach vielen falschen hintereinander gilt das richtige erst einen Tag später wieder.
login-wrong-credentials-day-passkey = E-Mail oder Passwort stimmt nicht. Prüf beides und versuch es noch einmal. Nach vielen falschen hintereinander gilt das richtige erst einen Tag später wieder; ein Passkey gilt sofort.
login-unverified-hint = Gerade erst registriert? Öffne zuerst den Link in unserer E-Mail. Wenn du die E-Mail nicht findest, erstell das Konto noch einmal.
login-throttled-reset = Zu viele Versuche. Warte { $wait } oder wähle ein neues Passwort.
login-notice-account-ready = Dein Konto ist bereit. Du kannst dich jetzt anmelden.
login-notice-email-verified = Danke, deine E-Mail-Adresse ist bestätigt. Du kannst dich jetzt anmelden.
login-reauth-title = Zeig, dass du es bist
login-reauth-app-asks = { $app } bittet dich, dich noch einmal anzumelden.
login-reauth-too-long-ago = Für { $app } ist deine letzte Anmeldung zu lange her. Melde dich darum noch einmal an.
login-reauth-submit = Ich bin es

## Vor etwas Ernstem im Konto
proof-again = Noch ist nichts geschehen: Deine letzte Bestätigung ist zu lange her. Bestätige, dass du es bist, und mach es dann auf der nächsten Seite noch einmal.
proof-to-change-password = Um dein Passwort zu ändern, zeig uns, dass du es bist.
proof-to-change-email = Um deine E-Mail-Adresse zu ändern, zeig uns, dass du es bist.
proof-to-export = Um deine Daten herunterzuladen, zeig uns, dass du es bist.
proof-to-delete = Um dein Konto zu löschen, zeig uns, dass du es bist.
proof-wrong-password = Das Passwort stimmt nicht. Versuch es noch einmal.

## Ein Konto wählen
accounts-title = Wähle ein Konto
accounts-lead = Welches möchtest du für { $app } nehmen?
accounts-signed-out = Abgemeldet
accounts-another = Ein anderes Konto nehmen
accounts-remove = Ein Konto von diesem Gerät entfernen
accounts-remove-hint = Das Konto selbst bleibt. Es steht nur nicht mehr in dieser Liste.

## Ein Konto erstellen
signup-title = Konto erstellen
signup-lead = Du nutzt es überall, wo du { $brand } siehst.
signup-lead-app = Du nutzt es für { $app }.
signup-name = Dein Name
signup-name-hint = So, wie wir dich nennen sollen.
signup-name-missing = Gib deinen Namen ein
signup-name-too-long = Gib einen kürzeren Namen ein
signup-name-malformed = Gib deinen Namen auf einer Zeile ein, ohne Zeichen, die Text verstecken oder umdrehen
signup-email = E-Mail-Adresse
signup-email-hint = Wir schicken einen Code, um zu prüfen, dass sie dir gehört.
signup-password = Wähle ein Passwort
signup-password-hint = Mindestens { $min } Zeichen. Ein paar zufällige Wörter sind gut, ein Passwort-Manager auch.
signup-submit = Konto erstellen
signup-agreement = Mit dem Konto stimmst du den [terms]Nutzungsbedingungen[/terms] zu. In den [privacy]Datenschutzhinweisen[/privacy] steht, was gespeichert wird und warum.
signup-agreement-terms = Mit dem Konto stimmst du den [terms]Nutzungsbedingungen[/terms] zu.
signup-agreement-privacy = In den [privacy]Datenschutzhinweisen[/privacy] steht, was gespeichert wird und warum.
signup-have-account = Hast du schon ein Konto?

## Sieh in deine Mails
check-email-title = Sieh in deine Mails
check-email-lead = Wir haben einen Code an { $email } geschickt. Gib ihn hier ein, oder öffne den Link in der E-Mail.
check-email-code = 6-stelliger Code
check-email-code-hint = Er gilt { $minutes ->
    [one] 1 Minute
   *[other] { $minutes } Minuten
 }.
check-email-link-hint = Der Link in der E-Mail gilt { $hours ->
    [one] 1 Stunde
   *[other] { $hours } Stunden
 }. Wenn du ihn in einem anderen Browser öffnest, komm danach hierher zurück und lade die Seite neu.
check-email-nothing = Nichts angekommen?
check-email-nothing-hint = Das kann eine Minute dauern. Sieh auch im Spam-Ordner nach.
check-email-resend = Neuen Code schicken
check-email-change = Eine andere Adresse nehmen
check-email-new-address = Deine E-Mail-Adresse
check-email-change-submit = Code an diese Adresse schicken
check-email-new-code = Wir haben einen neuen Code geschickt. Der alte gilt nicht mehr.
check-email-address-changed = Adresse geändert. Wir haben einen Code an die neue geschickt.
verify-later-title = Gerade können wir keine weitere E-Mail schicken
verify-later-text = Wir haben fürs Erste so viele geschickt, wie wir dürfen. Warte { $wait }, dann bekommst du wieder eine.
verify-later-link = Wenn du eine findest, die wir dir vorher geschickt haben, öffne den Link darin: Er gilt noch.
verify-later-reset = Ein Link zu einem neuen Passwort kommt in einer eigenen E-Mail und zeigt auch, dass die Adresse dir gehört.
verify-later-another = Wenn die Adresse vertippt ist, erstelle das Konto noch einmal mit der richtigen.
verify-later-account = Zurück zu deinem Konto
code-missing = Gib den Code aus der E-Mail ein
code-wrong = Der Code stimmt nicht. Sieh in der E-Mail nach und versuch es noch einmal.
code-expired = Der Code ist abgelaufen. Lass dir unten einen neuen schicken.
code-used = Der Code wurde schon benutzt. Lass dir unten einen neuen schicken.
code-superseded = Es gibt einen neueren Code. Nimm den aus der letzten E-Mail.
code-no-more-mails = Mehr E-Mails dürfen wir dafür nicht schicken. Such nach denen, die du hast: Der Link in der letzten gilt noch.
code-too-many-tries = Das waren zu viele falsche Codes, darum gilt dieser nicht mehr. Lass dir unten einen neuen schicken.

## Der Link in der E-Mail
verify-link-title = Ist das deine E-Mail-Adresse?
verify-link-lead = Jemand, hoffentlich du, registriert sich damit bei { $brand } oder meldet sich damit an.
verify-link-confirm = Ja, es ist meine
verify-link-other = War es jemand anderes?
verify-link-other-hint = Dann kommt niemand mehr damit hinein. Ein Konto, das eben erst angelegt wurde, wird mit seinen Daten entfernt.
verify-link-not-me = Das war ich nicht
verify-done-title = Danke, das ist erledigt
verify-done-text = { $email } ist bestätigt. Geh zurück zu dem Fenster, in dem du angefangen hast, und lade es neu, oder gib dort den Code ein. Dieses hier kannst du schließen.
verify-alone-text = { $email } ist bestätigt. Du kannst diese Seite schließen oder dich jetzt anmelden.
verify-used-title = Dieser Link wurde schon benutzt
verify-used-text = Deine E-Mail-Adresse ist schon bestätigt, du musst nichts mehr tun. Melde dich einfach an.
verify-before-title = Die Adresse wurde schon bestätigt
verify-before-text = Das Konto ist schon in Gebrauch, und wer es eingerichtet hat, kann darin sein. Warst das nicht du, übernimm es: Wähle ein neues Passwort, das alle anderen abmeldet.
verify-expired-title = Dieser Link ist abgelaufen
verify-expired-text = Links gelten nur eine Zeit lang.
verify-superseded-title = Es gibt einen neueren Link
verify-superseded-text = Nach dieser E-Mail haben wir noch eine geschickt. Öffne den Link in der neuesten.
verify-unknown-title = Dieser Link führt zu nichts
verify-unknown-text = Vielleicht ist er zu alt, oder er wurde abgeschnitten: Kopiere die ganze Adresse aus der E-Mail. Wenn du uns gesagt hast, dass du das nicht warst, bleibt nichts mehr zu tun.
verify-begun-again-title = Dieses Fenster ist nicht mehr aktuell
verify-begun-again-text = Seit du es geöffnet hast, wurde das Konto mit dieser Adresse noch einmal erstellt, es wurde ein Passwort per E-Mail gewählt, oder jemand, der dieses Postfach liest, hat gesagt, dass er es nicht war. Wenn du es noch einmal erstellt hast, mach im neueren Fenster mit dem Code aus der neuesten E-Mail weiter. Wenn du ein Passwort gewählt hast, melde dich an.
verify-window-gone = Findest du das Fenster nicht mehr?
verify-begin-again = Selbst registriert? Erstell das Konto mit derselben Adresse noch einmal, und wir schicken dir eine neue E-Mail. Wenn jemand das Konto für dich angelegt hat, melde dich stattdessen an.
verify-begin-again-do = Konto noch einmal erstellen
verify-sign-in-again = Melde dich an, und wir schicken dir eine neue E-Mail.
verify-sign-in-again-do = Anmelden für eine neue E-Mail
verify-removed-title = Danke, dass du Bescheid gesagt hast
verify-removed-text = Wer deine Adresse hier benutzt hat, kommt damit nicht mehr hinein, und du musst nichts weiter tun.

## Einer App etwas erlauben
consent-title = { $app } erlauben?
consent-heading = Darf { $app } dein Konto benutzen?
consent-switch = Konto wechseln
consent-asked = Die App kann dann
consent-granted = Das kann sie schon
consent-never = Dein Passwort und deine anderen Apps sieht sie nicht.
consent-deny = Nicht erlauben
consent-allow = Erlauben
consent-way-back = In beiden Fällen geht es zurück zu { $host }.
consent-way-back-owner = In beiden Fällen geht es zurück zu { $host }, betrieben von { $owner }.
consent-documents = Lies die [policy]Datenschutzerklärung[/policy] und die [terms]Nutzungsbedingungen[/terms] von { $app }.
consent-policy = Lies die [policy]Datenschutzerklärung[/policy] von { $app }.
consent-terms = Lies die [terms]Nutzungsbedingungen[/terms] von { $app }.
scope-openid = Wissen, dass du es bist
scope-openid-detail = Durch eine Kontonummer, die sonst nichts über dich sagt.
scope-profile = Dein Profil sehen
scope-profile-picture = dein Bild
scope-email = Deine E-Mail-Adresse sehen
scope-email-verified = { $email }, bestätigt
scope-email-unverified = { $email }, nicht bestätigt
scope-phone = Deine Telefonnummer sehen
scope-address = Deine Postadresse sehen
scope-offline = Diesen Zugriff behalten, auch wenn du die App nicht benutzt
scope-offline-detail = Bis du ihn entfernst.
scope-api-alone = { $api } in deinem Namen nutzen
scope-api = { $api }
scope-api-changes = { $api }. Damit lässt sich etwas ändern oder löschen.

## Zurück zur App
hand-back-title = Es geht zurück zu { $app }
hand-back-signed-in = Du bist angemeldet.
hand-back-not-allowed = Es wurde nichts weitergegeben.
hand-back-signed-out = Du bist abgemeldet.
hand-back-lead = Wenn nichts passiert, nimm den Knopf.
hand-back-continue = Weiter zu { $app }

## Abmelden
logout-title = Bei { $brand } abmelden?
logout-apps = Damit meldest du dich auch von { $apps ->
    [one] 1 App
   *[other] { $apps } Apps
 } ab.
logout-stay = Angemeldet bleiben
logged-out-title = Du bist abgemeldet
logged-out-lead = Auf einem gemeinsam benutzten Gerät schließ auch den Browser.
logged-out-again = Wieder anmelden

## Eine Anfrage, die nicht beantwortet werden kann
oauth-error-title = Diese Anmeldung kann nicht beginnen
oauth-error-lead = Die App hat eine Anfrage geschickt, die wir nicht annehmen können. Mit deinem Konto ist alles in Ordnung, und es wurde nichts weitergegeben. Geh zurück zur App und versuch es noch einmal, oder sag denen Bescheid, die sie betreiben.
oauth-error-lead-app = { $app } hat eine Anfrage geschickt, die wir nicht annehmen können. Mit deinem Konto ist alles in Ordnung, und es wurde nichts weitergegeben. Geh zurück zur App und versuch es noch einmal, oder sag denen Bescheid, die sie betreiben.
oauth-error-developers = Wenn du diese App entwickelst
oauth-error-code = Fehler
oauth-error-parameter = Parameter
oauth-error-received = Erhalten
oauth-error-client = Client
oauth-error-fix = So wird es gut
oauth-error-docs = Lies, was der Standard sagt
oauth-error-unknown-client = Es gibt keine Anwendung mit dieser Client-ID.
oauth-error-unknown-client-fix = Kopiere die Client-ID aus den Einstellungen der Anwendung. Prüf auch, ob das der richtige Server ist.
oauth-error-redirect-uri-missing = Die Anfrage sagt nicht, wohin die Antwort gehen soll.
oauth-error-redirect-uri-missing-fix = Schick redirect_uri mit einer der Callback-URLs der Anwendung.
oauth-error-redirect-uri-mismatch = Die Adresse für die Antwort ist keine der Callback-URLs dieser Anwendung. Sie müssen genau übereinstimmen: Schema, Host, Port, Pfad und der Schrägstrich am Ende.
oauth-error-redirect-uri-mismatch-fix = Schick eine URL, die eingetragen ist, oder lass diese zu den Callback-URLs der Anwendung hinzufügen.
oauth-error-repeated-parameter = Ein Parameter steht mehr als einmal in der Anfrage.
oauth-error-repeated-parameter-fix = Schick jeden Parameter nur einmal.
oauth-error-invalid-parameter = Ein Parameter fehlt, oder sein Wert ist nicht lesbar.
oauth-error-invalid-parameter-fix = Schick den oben genannten Parameter mit einem gültigen Wert.

## Wenn eine Seite nicht gezeigt werden kann
form-expired-title = Diese Seite war zu lange offen
form-expired-lead = Zu deiner Sicherheit gilt ein Formular nur eine Weile. Es wurde nichts geändert.
form-expired-kept = Was du eingegeben hast, steht noch da, außer Passwörtern, Codes und Dateien. Sieh es durch und sende es noch einmal.
already-title = Du bist schon angemeldet
already-lead = Du hast das schon abgeschlossen, hier oder in einem anderen Fenster, als { $email }.
cookies-title = Dein Browser behält keine Cookies
cookies-lead = Ohne Cookies von { $host } können wir von einer Seite zur nächsten nicht erkennen, dass du es bist. Erlaube sie in den Einstellungen deines Browsers, und versuch es dann noch einmal.
status-next = Weiter
status-reference = Wenn es immer wieder passiert, sag denen Bescheid, die diesen Dienst betreiben, und nenn die Referenz { $reference }
status-forbidden-title = Du kannst diese Seite nicht öffnen
status-forbidden-text = Dein Konto hat darauf keinen Zugriff. Frag die Leute, die diesen Dienst betreiben, wenn du ihn haben solltest.
status-not-found-title = Seite nicht gefunden
status-not-found-text = Prüf die Adresse, oder geh zurück zu der App, von der du kommst.
status-method-title = So lässt sich diese Seite nicht öffnen
status-method-text = Öffne sie von vorn, ohne ein Formular abzuschicken.
status-too-large-title = Das war zu viel auf einmal
status-too-large-text = Was du geschickt hast, ist zu groß. Kürze es und versuch es noch einmal.
status-too-many-title = Etwas langsamer, bitte
status-too-many-moment = Zu viele Versuche. Warte eine Minute und versuch es dann noch einmal.
status-fault-title = Da ist etwas schiefgegangen
status-fault-text = Das liegt an uns, nicht an dir, und mit deinem Konto ist alles in Ordnung. Versuch es gleich noch einmal.
status-unavailable-title = Wir sind gleich wieder da
status-unavailable-text = Wir können gerade nicht antworten. Warte eine Minute und versuch es dann noch einmal.

## Dein Konto
account-title = Dein Konto
account-lead = Dein { $brand }-Konto auf einen Blick.
account-nav = Konto
account-nav-home = Übersicht
account-protected = Dein Konto ist durch ein Passwort geschützt
account-protected-hint = Benutze dieses Passwort nirgends sonst. Dann kommt niemand mit einem hinein, das anderswo bekannt wurde.
account-no-second-step = Richte einen zweiten Schritt ein
account-no-second-step-hint = Ein Passwort allein kann erraten oder gestohlen werden. Mit einem zweiten Schritt kommt trotzdem niemand hinein.
account-second-step-add = Jetzt einrichten
account-second-step = Dein Konto ist gut geschützt
account-second-step-hint = Nach einem Passwort fragen wir nach einem zweiten Schritt, außer in Browsern, für die du das abgewählt hast.
account-unverified = Bestätige deine E-Mail-Adresse
account-unverified-hint = Wir schicken dir einen Code. Bei der nächsten Anmeldung fragen wir ohnehin danach.
account-verify = Code schicken
account-you = Über dich
account-name = Name
account-email = E-Mail-Adresse
account-email-verified = Bestätigt
account-email-unverified = Nicht bestätigt
account-sign-in-before = Anmeldung davor
account-first-sign-in = Keine: Das ist deine erste. Willkommen!
account-created = Konto erstellt

## Posteingang für die Entwicklung
inbox-title = Posteingang für die Entwicklung
inbox-badge = Entwicklung
inbox-nav = Entwicklung
inbox-lead = Mails und SMS dieses Entwicklungsservers landen hier und werden nirgendwohin geschickt.
inbox-mails = Nachrichten
inbox-reload = Neu laden
inbox-empty = Noch keine Mail. Registrier dich, und die erste erscheint hier.
inbox-to = An { $email }
inbox-found = In dieser Nachricht
inbox-code = Code
inbox-link = Link
inbox-text = Text

## Mails
mail-hello = Hallo { $name },
mail-hello-nobody = Hallo,
mail-or-copy = Oder kopiere diese Adresse in deinen Browser:
mail-sent-by = Geschickt von { $brand }, { $host }.
mail-never-asks = Wir fragen nie per E-Mail oder Telefon nach deinem Passwort oder einem Code.
mail-asked-from = Angefordert von { $place }, { $time }.
mail-by-operator = Veranlasst von den Leuten, die { $brand } betreiben, { $time }.
mail-asked-at = Angefordert am { $time }.
mail-code-subject = { $code } ist dein { $brand }-Code
mail-verify-title = Bestätige deine E-Mail-Adresse
mail-verify-reason = Jemand, hoffentlich du, registriert sich bei { $brand } mit { $email } oder meldet sich damit an. Gib diesen Code in dem Fenster ein, in dem du angefangen hast:
mail-code-until = Der Code gilt einmal, bis { $time }.
mail-verify-or-link = Du kannst auch diesen Link nehmen:
mail-verify-button = E-Mail-Adresse bestätigen
mail-verify-link-until = Der Link gilt bis { $time }.
mail-verify-not-you = Wenn du es nicht warst, öffne den Link und wähle „Das war ich nicht“: Dann kommt niemand mehr damit hinein.
mail-registered-subject = Du hast schon ein Konto bei { $brand }
mail-registered-title = Du hast schon ein Konto
mail-registered-reason = Jemand, hoffentlich du, wollte mit { $email } ein Konto bei { $brand } erstellen. Du hast schon eines, darum wurde nichts geändert.
mail-registered-button = Anmelden
mail-registered-not-you = Wenn du es nicht warst, tu nichts. Dein Konto ist sicher, und niemand hat erfahren, dass du eines hast.
mail-reset-subject = Neues Passwort für { $brand }
mail-reset-title = Wähle ein neues Passwort
mail-reset-reason = Jemand, hoffentlich du, möchte ein neues Passwort für dein Konto bei { $brand } ({ $email }).
mail-reset-button = Neues Passwort wählen
mail-reset-link-until = Der Link gilt einmal, bis { $time }. Ein neuerer ersetzt ihn.
mail-reset-not-you = Wenn du es nicht warst, tu nichts: Dein Passwort bleibt, wie es ist.
mail-invitation-subject = Dein Konto bei { $brand }
mail-invitation-title = Dein Konto ist bereit
mail-invitation-reason = Für dich ({ $email }) wurde ein Konto bei { $brand } angelegt. Wähle ein Passwort, dann gehört es dir.
mail-invitation-button = Passwort wählen
mail-invitation-not-you = Wenn du hier kein Konto erwartest, war diese E-Mail wohl nicht für dich. Tu nichts: Ohne Passwort kann niemand das Konto nutzen.
mail-changed-subject = Dein { $brand }-Passwort wurde geändert
mail-changed-title = Dein Passwort wurde geändert
mail-changed-reason = Das Passwort deines Kontos bei { $brand } ({ $email }) wurde geändert. Überall sonst bist du abgemeldet.
mail-changed-not-you = Wenn du es nicht warst, wähle sofort ein neues Passwort. Das meldet ab, wer das jetzige hat:
mail-changed-button = Neues Passwort wählen
mail-one-time-title = Dein Code zum Anmelden
mail-one-time-reason = Jemand, hoffentlich du, meldet sich bei deinem Konto bei { $brand } an ({ $email }). Gib diesen Code in dem Fenster ein, in dem du angefangen hast:
mail-one-time-not-you = Wenn du es nicht warst, gib den Code niemandem und wähle bald ein neues Passwort: Jemand könnte das jetzige kennen.
mail-proof-title = Dein Code
mail-proof-reason = Jemand, hoffentlich du, ist bei deinem Konto bei { $brand } ({ $email }) angemeldet und soll noch einmal zeigen, dass du es bist. Gib diesen Code in dem Fenster ein, in dem du angefangen hast:
mail-set-up-title = Dein Code, um Codes per E-Mail einzurichten
mail-set-up-reason = Jemand, hoffentlich du, ist bei deinem Konto bei { $brand } ({ $email }) angemeldet und möchte Codes per E-Mail als zweiten Schritt. Gib diesen Code in dem Fenster ein, in dem du angefangen hast:
mail-signed-in-not-you = Wenn du es nicht warst, gib den Code niemandem und wähle sofort ein neues Passwort: Jemand ist bei deinem Konto angemeldet.
mail-new-address-title = Ist das deine Adresse?
mail-new-address-reason = Jemand, hoffentlich du, möchte { $email } für das eigene Konto bei { $brand } benutzen. Gib diesen Code in dem Fenster ein, in dem du angefangen hast:
mail-new-address-not-you = Wenn du es nicht warst, tu nichts: Ohne den Code wird die Adresse nicht benutzt.
mail-secure-not-you = Wenn du es nicht warst, wähle sofort ein neues Passwort. Das meldet ab, wer das jetzige hat:
mail-secure-button = Neues Passwort wählen
mail-change-asked-subject = Jemand möchte die Adresse deines { $brand }-Kontos ändern
mail-change-asked-title = Eine neue E-Mail-Adresse wurde gewünscht
mail-change-asked-reason = Jemand, hoffentlich du, möchte die Adresse deines Kontos bei { $brand } von { $email } in { $new_email } ändern. Bis die neue Adresse bestätigt ist, bleibt deine.
mail-address-subject = Die Adresse deines { $brand }-Kontos wurde geändert
mail-address-title = Deine E-Mail-Adresse wurde geändert
mail-address-reason = Die Adresse deines Kontos bei { $brand } wurde von { $email } in { $new_email } geändert. Ab jetzt meldest du dich mit der neuen an, und Mails gehen dorthin.
mail-address-not-you = Wenn du es nicht warst, hol dein Konto innerhalb von 7 Tagen zurück. Das meldet alle ab, und du wählst ein neues Passwort:
mail-address-button = Mein Konto zurückholen
mail-taken-subject = Dein { $brand }-Konto hat jetzt diese Adresse
mail-taken-title = Dein Konto hat jetzt diese Adresse
mail-taken-reason = Die Adresse deines Kontos bei { $brand } ist jetzt { $email }. Du meldest dich damit an, und unsere E-Mails kommen hierher.
mail-replaced-not-you = Wenn du nicht darum gebeten hast, wende dich an die Betreiber von { $brand }.
mail-returned-subject = Dein { $brand }-Konto hat wieder seine frühere Adresse
mail-returned-title = Dein Konto hat wieder seine frühere Adresse
mail-returned-reason = Die Adresse eines Kontos bei { $brand } wurde von { $email } zurück in { $new_email } geändert. Mit { $email } öffnet es sich nicht mehr.
mail-returned-not-you = Wenn du es nicht warst und das Konto dir gehört, wende dich an die Betreiber von { $brand }. Wenn du dieses Konto nicht benutzt hast, ist nichts zu tun.
mail-factor-totp = einer Authenticator-App
mail-factor-sms = Codes per SMS
mail-factor-email = Codes per E-Mail
mail-factor-webauthn = einem Passkey
mail-factor-backup = Ersatzcodes
mail-factor-other = einem zweiten Schritt
mail-factor-added-subject = Dein { $brand }-Konto hat einen neuen Weg zum Anmelden
mail-factor-added-title = Ein neuer Weg zum Anmelden
mail-factor-added-reason = Dein Konto bei { $brand } ({ $email }) lässt sich jetzt mit { $factor } bestätigen.
mail-factor-added-not-you = Wenn du es nicht warst, nimm ihn innerhalb von 7 Tagen weg. Das meldet alle ab, und du wählst ein neues Passwort:
mail-factor-added-button = Das war ich nicht
mail-factor-undo-subject = Nimm weg, was zu deinem { $brand }-Konto kam
mail-factor-undo-title = Mit dieser Mail nimmst du es weg
mail-factor-undo-reason = Du hast gesagt, dass nicht du deinem Konto bei { $brand } ({ $email }) diesen Weg gegeben hast: { $factor }.
mail-factor-replaced-subject = Ein Weg zum Anmelden an deinem { $brand }-Konto wurde ersetzt
mail-factor-replaced-title = Ein Weg zum Anmelden wurde ersetzt
mail-factor-replaced-reason = Dein Konto bei { $brand } ({ $email }) lässt sich ab jetzt mit etwas Neuem bestätigen, nämlich mit { $factor }. Was vorher dafür galt, gilt nicht mehr.
mail-factor-restored-subject = Was in deinem { $brand }-Konto eingerichtet wurde, ist zurückgenommen
mail-factor-restored-title = Was du vorher hattest, gilt wieder
mail-factor-restored-reason = Der zuletzt eingerichtete Weg, dein Konto bei { $brand } ({ $email }) mit { $factor } zu bestätigen, ist weg. Der, den du vorher hattest, gilt wieder.
mail-factor-removed-subject = Ein Weg zum Anmelden wurde von deinem { $brand }-Konto entfernt
mail-factor-removed-title = Ein Weg zum Anmelden wurde entfernt
mail-factor-removed-reason = Dein Konto bei { $brand } ({ $email }) wird nicht mehr mit { $factor } bestätigt.
mail-factors-reset-subject = Die zweiten Schritte deines { $brand }-Kontos wurden entfernt
mail-factors-reset-title = Deine zweiten Schritte wurden entfernt
mail-factors-reset-reason = Die Verwaltung von { $brand } hat jeden zweiten Schritt von deinem Konto ({ $email }) entfernt, am { $time }. Richte bei der nächsten Anmeldung wieder einen ein.
mail-factors-reset-not-you = Wenn nicht du darum gebeten hast, wähle sofort ein neues Passwort. Das meldet ab, wer das jetzige hat:
mail-factors-reset-password = Das Passwort, das zuletzt per E-Mail gewählt wurde, gilt nicht mehr. Bis du wieder einen zweiten Schritt einrichtest, kommt hinein, wer dein Postfach liest: Sorge dafür, dass nur du das bist. Wähle jetzt ein neues Passwort, erst recht, wenn nicht du darum gebeten hast:
mail-backup-subject = Ein Ersatzcode deines { $brand }-Kontos wurde benutzt
mail-backup-title = Ein Ersatzcode wurde benutzt
mail-backup-reason = Jemand, hoffentlich du, hat sich mit einem Ersatzcode bei deinem Konto bei { $brand } ({ $email }) angemeldet. Er gilt nicht mehr.
mail-backup-left = { $left ->
    [0] Du hast keinen Ersatzcode mehr. Erstell neue auf der Sicherheitsseite deines Kontos.
    [one] Du hast noch einen Ersatzcode. Erstell bald neue auf der Sicherheitsseite deines Kontos.
   *[other] Du hast noch { $left } Ersatzcodes.
}
mail-device-subject = Neue Anmeldung bei deinem { $brand }-Konto
mail-device-title = Eine Anmeldung auf einem neuen Gerät
mail-device-reason = Dein Konto bei { $brand } ({ $email }) wurde auf einem Gerät benutzt, das wir noch nicht kannten: { $device }. Wenn du es warst, ist alles gut.
mail-device-not-you = Wenn du es nicht warst, öffne deine letzten Aktivitäten und wähle „Das war ich nicht“:
mail-device-button = Ansehen, was war
mail-reuse-subject = Wir haben den Zugriff einer App auf dein { $brand }-Konto beendet
mail-reuse-title = Wir haben den Zugriff einer App beendet
mail-reuse-reason = { $app } hat Zugriff auf dein Konto bei { $brand } ({ $email }). Der Schlüssel, den sie dafür hat, wurde zweimal benutzt und ist vielleicht kopiert worden. Wir haben diesen Zugriff beendet; melde dich dort wieder an, um weiterzumachen.
mail-reuse-not-you = Wenn nicht du dich bei { $app } angemeldet hast, entferne ihren Zugriff ganz:
mail-reuse-button = Meine Apps ansehen
mail-access-subject = Eine neue App hat Zugriff auf dein { $brand }-Konto
mail-access-title = Eine neue App hat Zugriff
mail-access-reason = Du hast { $app } erlaubt, dein Konto bei { $brand } ({ $email }) zu nutzen.
mail-access-not-you = Wenn du das nicht warst, entziehe der App den Zugriff und wähle dann ein neues Passwort:
mail-access-button = Meine Apps ansehen
mail-export-subject = Deine { $brand }-Daten wurden heruntergeladen
mail-export-title = Deine Daten wurden heruntergeladen
mail-export-reason = Eine Kopie deiner Daten bei { $brand } ({ $email }) wurde heruntergeladen.
mail-recovery-link-subject = Zurück in dein { $brand }-Konto
mail-recovery-link-title = Sag uns, was passiert ist
mail-recovery-link-reason = Jemand, hoffentlich du, kann die zweiten Schritte deines Kontos bei { $brand } ({ $email }) nicht mehr benutzen und sucht einen Weg zurück.
mail-recovery-link-button = Sagen, was passiert ist
mail-recovery-link-until = Der Link gilt bis { $time }.
mail-recovery-link-not-you = Wenn du es nicht warst, tu nichts: Dein Konto bleibt, wie es ist.
mail-recovery-approved-subject = Die zweiten Schritte deines { $brand }-Kontos werden entfernt
mail-recovery-approved-title = Deine zweiten Schritte werden entfernt
mail-recovery-approved-reason = Jemand, hoffentlich du, hat um einen Weg zurück in dein Konto bei { $brand } ({ $email }) gebeten, und die Betreiber haben zugestimmt. Am { $time } werden alle zweiten Schritte entfernt, alle werden abgemeldet, und wir schicken dir einen Link zu einem neuen Passwort.
mail-recovery-approved-reason-earlier = Jemand hat um einen Weg zurück in ein Konto bei { $brand } gebeten, das früher diese Adresse hatte ({ $email }), und die Betreiber haben zugestimmt. Am { $time } werden alle zweiten Schritte entfernt, alle werden abgemeldet, und an die Adresse, die das Konto jetzt hat, geht ein Link zu einem neuen Passwort.
mail-recovery-approved-not-you = Wenn du es nicht warst, halte es vorher auf. Öffne die Seite und bestätige es dort:
mail-recovery-approved-button = Das war ich nicht
mail-recovery-refused-subject = Dein { $brand }-Konto bleibt, wie es ist
mail-recovery-refused-title = Dein Konto bleibt, wie es ist
mail-recovery-refused-reason = Die Betreiber von { $brand } haben dem Weg zurück in dein Konto ({ $email }) nicht zugestimmt. Deine zweiten Schritte bleiben.
mail-recovery-refused-next = Wenn du dein Konto brauchst, wende dich auf einem anderen Weg an sie. Wenn du es nicht warst, ändere das Passwort deines Postfachs: Wer darum gebeten hat, liest deine E-Mails.
mail-recovery-unanswered-subject = Niemand hat über dein { $brand }-Konto entschieden
mail-recovery-unanswered-title = Es wurde noch nicht entschieden
mail-recovery-unanswered-reason = Du, oder jemand, der deine E-Mails liest, hat die Betreiber von { $brand } um einen Weg zurück in dein Konto ({ $email }) gebeten. Sie haben nicht innerhalb von 30 Tagen entschieden, darum ist die Bitte erledigt. Deine zweiten Schritte bleiben.
mail-recovery-unanswered-next = Wenn du dein Konto noch brauchst, bitte auf der Anmeldeseite noch einmal darum, und wende dich auch auf einem anderen Weg an sie. Wenn du es nicht warst, ändere das Passwort deines Postfachs: Wer darum gebeten hat, liest deine E-Mails.
mail-recovery-done-subject = Die zweiten Schritte deines { $brand }-Kontos wurden entfernt
mail-recovery-done-title = Wähle ein neues Passwort
mail-recovery-done-reason = Wie genehmigt, wurden alle zweiten Schritte deines Kontos bei { $brand } ({ $email }) entfernt, und alle sind abgemeldet.
mail-recovery-done-next = Richte danach wieder einen zweiten Schritt ein. Wenn du es nicht warst, wähle sofort das neue Passwort, und ändere auch das deines Postfachs.
mail-delete-subject = Dein { $brand }-Konto wird gelöscht
mail-delete-title = Dein Konto wird gelöscht
mail-delete-subject-earlier = Ein Konto bei { $brand }, das deine Adresse hatte, wird gelöscht
mail-delete-title-earlier = Ein Konto, das deine Adresse hatte, wird gelöscht
mail-delete-take-back = Wenn jemand anderes das Konto von dieser Adresse weggezogen hat, bleibt es damit auch für diese Person. Um es zurückzubekommen, nimm den Link aus unserer E-Mail über die geänderte Adresse: Er gilt 7 Tage.
mail-delete-reason = Jemand, hoffentlich du, möchte dein Konto bei { $brand } ({ $email }) löschen. Es ist jetzt geschlossen und wird am { $time } endgültig gelöscht.
mail-delete-reason-earlier = Jemand möchte ein Konto bei { $brand } löschen, das früher diese Adresse hatte ({ $email }). Es ist jetzt geschlossen und wird am { $time } endgültig gelöscht.
mail-delete-not-you = Wenn du es nicht warst oder es dir anders überlegt hast, behalte das Konto:
mail-delete-button = Konto behalten
mail-kept-subject = Dein { $brand }-Konto bleibt
mail-kept-title = Dein Konto bleibt
mail-kept-reason = Dein Konto bei { $brand } ({ $email }) wird nicht gelöscht. Es ist wieder offen.
mail-gone-subject = Dein { $brand }-Konto wurde gelöscht
mail-gone-title = Dein Konto wurde gelöscht
mail-gone-reason = Dein Konto bei { $brand } ({ $email }) und alles darin wurde wie gewünscht gelöscht. Es lässt sich nicht zurückholen.
mail-gone-at = Gelöscht am { $time }.
mail-gone-not-you = Wenn du das nicht warst, sag denen Bescheid, die { $brand } betreiben.

## SMS: nur einfache Zeichen, damit eine Nachricht eine bleibt und nicht zwei wird
sms-code = { $code } ist dein { $brand }-Code. Gib ihn nicht weiter.

## Der zweite Schritt
login-notice-again = Das hat zu lange gedauert oder wurde anderswo begonnen. Melde dich noch einmal an.
login-notice-signed-out = Du bist nicht mehr angemeldet, deshalb ist eben nichts geschehen. Wenn du es zweimal geschickt hast, kann das erste Mal gegolten haben: Melde dich an und sieh nach.
factor-ways-title = Zeig, dass du es bist
factor-ways-lead = Wähle, wie.
factor-ask-operator = Geht nichts davon? Frag die Leute, die diesen Dienst betreiben.
factor-none-of-these = Ich habe nichts davon mehr
factor-none-left = Du kannst gerade keinen deiner zweiten Schritte nutzen. Entweder hast du dein Passwort per E-Mail neu gewählt, und dann zählt ein Code per E-Mail nicht, oder dieser Dienst erreicht sie nicht mehr. Melde dich dort an, wo du noch angemeldet bist, oder bitte die Leute, die diesen Dienst betreiben, deine zweiten Schritte zurückzusetzen.
factor-another-way = Einen anderen Weg nehmen
factor-passkey = Passkey oder Sicherheitsschlüssel
factor-passkey-hint = Dieses Gerät oder eines in der Nähe
factor-totp = Authenticator-App
factor-totp-hint = Ein Code aus der App
factor-sms = SMS
factor-email = E-Mail
factor-sent-to = Ein Code an { $to }
factor-backup = Ersatzcode
factor-backup-hint = Einer der Codes, die du aufgehoben hast
factor-code-title = Gib deinen Code ein
factor-code-label = 6-stelliger Code
factor-totp-lead = Öffne deine Authenticator-App und tipp den Code für { $brand } ein.
factor-sms-lead = Wir haben eine SMS an { $to } geschickt.
factor-email-lead = Wir haben eine E-Mail an { $to } geschickt.
factor-send-lead = Wir schicken einen Code an { $to }.
factor-send = Code schicken
factor-resend-at = Einen neuen bekommst du ab { $time }.
factor-notice-sent = Ein Code ist unterwegs.
factor-not-sent = Wir haben fürs Erste so viele Codes geschickt, wie wir dürfen. Warte { $wait }, dann bekommst du wieder einen.
factor-not-sent-last = Der letzte gilt noch.
factor-not-sent-others = Oder nimm einen anderen Weg.
factor-sent-out = Mehr Codes dürfen wir für diese Anmeldung nicht schicken. Nimm den letzten, wenn er noch gilt, oder einen anderen Weg, oder melde dich noch einmal an, um einen neuen zu bekommen.
factor-too-soon = Wir haben eben erst einen Code geschickt. Warte { $wait }, dann bekommst du einen neuen.
factor-notice-wait = Wir haben eben erst einen Code geschickt. Das kann eine Minute dauern.
factor-backup-title = Gib einen Ersatzcode ein
factor-backup-lead = Jeder Code gilt einmal.
factor-backup-label = Ersatzcode
factor-backup-code-hint = So wie 7KQ4-M2XD.
factor-trust = Auf diesem Gerät { $days ->
    [one] 1 Tag
   *[other] { $days } Tage
 } lang nicht fragen
factor-passkey-title = Nimm deinen Passkey
factor-passkey-lead = Dein Browser fragt nach Fingerabdruck, Gesicht, Bildschirmsperre oder Sicherheitsschlüssel.
factor-passkey-use = Passkey benutzen
factor-missing = Gib den Code ein
factor-wrong = Der Code stimmt nicht. Prüf ihn und versuch es noch einmal.
factor-wrong-totp = Der Code stimmt nicht. Codes wechseln alle 30 Sekunden.
factor-wrong-totp-again = Der Code stimmt nicht. Codes wechseln alle 30 Sekunden: Prüf, ob dein Telefon die Uhrzeit automatisch stellt.
factor-used = Der Code wurde schon benutzt. Nimm einen anderen.
factor-used-wait = Der Code wurde schon benutzt. Warte auf den nächsten.
factor-expired = Der Code ist abgelaufen. Lass dir unten einen neuen schicken.
factor-expired-sent = Der Code ist abgelaufen. Wir haben einen neuen geschickt.
passkey-failed = Der Passkey hat nicht funktioniert, oder es wurde abgebrochen. Versuch es noch einmal, oder nimm einen anderen Weg.
passkey-too-late = Diese Seite war zu lange offen. Versuch es noch einmal.
passkey-needs-script = Passkeys brauchen JavaScript in diesem Browser. Nimm einen anderen Weg.
login-passkey = Mit einem Passkey anmelden
login-passkey-script = Für die Anmeldung mit einem Passkey braucht es JavaScript.
proof-to-change-factors = Um zu ändern, wie du dich anmeldest, zeig uns, dass du es bist.
proof-to-replace-password = Alles andere ist abgemeldet. Um ein neues Passwort zu wählen, zeig uns, dass du es bist.
proof-to-disown = Um wegzunehmen, was jemand anderes eingerichtet hat, zeig uns, dass du es bist. Wähle dann noch einmal „Das war ich nicht“.
proof-by-factor = Lieber einen Passkey oder Code nehmen
proof-by-factor-alone = Passkey oder Code nehmen
proof-no-password = Du hast hier kein Passwort. Bitte die Leute, die diesen Dienst betreiben, um eines.
proof-no-password-reset = Du hast noch kein Passwort. Wähle zuerst eines, über einen Link, den wir dir mailen.
proof-no-password-factor = Du hast hier kein Passwort. Ein Passkey oder ein Code zeigt, dass du es bist.
account-nav-devices = Geräte
account-nav-apps = Apps

## Was eben im Konto geschah
notice-password-changed = Dein Passwort ist geändert. Überall sonst bist du abgemeldet.
notice-signed-out = Das andere Gerät ist abgemeldet, mit den Apps, die du darauf benutzt hast.
notice-other-account = Inzwischen hat sich hier ein anderes Konto angemeldet, deshalb ist nichts geschehen. In diesem Konto bist du jetzt.
notice-disowned = Alles andere ist abgemeldet. Wähle jetzt ein neues Passwort: Wer das alte kennt, könnte sich wieder anmelden.
notice-signed-out-elsewhere = Überall sonst bist du abgemeldet. Apps werden dich bitten, dich wieder anzumelden.
notice-access-removed = Die App kann dein Konto nicht mehr benutzen.

## Das Passwort ändern
change-password-title = Ändere dein Passwort
change-password-lead = Überall sonst wirst du abgemeldet, und Apps werden dich bitten, dich wieder anzumelden.
change-password-submit = Passwort ändern

## Geräte
devices-title = Geräte
devices-lead = Wo du angemeldet bist.
devices-list = Angemeldet auf
devices-this = Dieses Gerät
devices-last-seen = Zuletzt gesehen
devices-first-seen = Angemeldet
devices-others = Du kennst eines nicht?
devices-others-hint = Melde dich überall außer hier ab. Apps werden dich bitten, dich wieder anzumelden. Wenn jemand dein Passwort kennen könnte, ändere es auch.
devices-others-submit = Überall sonst abmelden
software-on = { $browser } auf { $system }
software-unknown = Unbekannter Browser

## Apps
apps-title = Apps
apps-lead = Apps, denen du dein Konto geöffnet hast.
apps-list = Mit Zugriff
apps-none = Noch keine. Wenn du einer App etwas erlaubst, steht sie hier.
apps-back = Alle Apps
apps-last-used = Zuletzt benutzt
apps-not-in-use = Gerade nicht in Gebrauch
apps-may = Was sie kann
apps-own = Sie gehört zu diesem Dienst, darum wurdest du nicht gefragt.
apps-owner = Betrieben von
apps-granted = Erlaubt
apps-used = Zuletzt benutzt
apps-remove-title = Zugriff entfernen
apps-remove-hint = { $app } wird sofort abgemeldet und muss dich neu fragen. Was sie vorher gespeichert hat, bleibt bei ihr.
apps-remove-submit = Zugriff entfernen

## Wie du dich anmeldest
save = Speichern
copied = Kopiert.
security-title = Sicherheit
security-lead = Wie du dich anmeldest, und was andere fernhält.
security-must-title = Richte einen zweiten Schritt ein
security-must-text = { $app } bittet dich um einen zweiten Schritt neben deinem Passwort. Er hält andere draußen, auch wenn sie dein Passwort erfahren, und dauert ein bis zwei Minuten. Wähle unten einen, danach geht es dort weiter, wo du warst.
security-passkeys = Passkeys
security-passkeys-hint = Melde dich mit Fingerabdruck, Gesicht oder Bildschirmsperre an. Nichts zu merken, nichts zu stehlen.
security-passkey-add = Passkey hinzufügen
security-key-add = Sicherheitsschlüssel nur als zweiten Schritt hinzufügen
security-key-second = Nur zweiter Schritt.
security-manage = Verwalten
security-added = Hinzugefügt am { $time }.
security-last-used = Zuletzt benutzt am { $time }.
security-password-hint = Benutze es nirgends sonst.
security-new-password-operator = Die Betreiber dieses Dienstes bitten dich um ein neues Passwort. Ändere es jetzt, oder wenn du dich das nächste Mal damit anmeldest.
security-new-password-leaked = Dein Passwort steht auf Listen bekannt gewordener Passwörter. Ändere es jetzt, oder wenn du dich das nächste Mal damit anmeldest.
security-recovery-title = Jemand möchte in dein Konto
security-recovery-open = Es heißt, deine zweiten Schritte seien verloren. Die Betreiber dieses Dienstes haben noch nicht entschieden. Wenn du es nicht warst, halte es jetzt auf.
security-recovery-due = Es heißt, deine zweiten Schritte seien verloren. Am { $time } werden sie alle entfernt. Wenn du es nicht warst, halte es jetzt auf.
security-notice-stopped = Es ist aufgehalten: Deine zweiten Schritte bleiben, wie sie sind. Vielleicht liest jemand deine E-Mails: Ändere das Passwort deines Postfachs.
security-password-change = Passwort ändern
security-password-none = Du hast noch keines.
security-password-choose = Passwort wählen
security-two-step = Zweiter Schritt
security-two-step-hint = Wird nach einem Passwort verlangt, außer in Browsern, für die du das abgewählt hast.
security-totp-hint = Codes aus einer App, auch ohne Netz.
security-sms-hint = Schwächer als eine App: Nummern lassen sich stehlen.
security-sms-to = An { $to }.
security-email-code = Code per E-Mail
security-recent = Letzte Aktivität
security-recent-all = Alles ansehen
security-email-to = An { $to }.
security-backup = Ersatzcodes
security-backup-hint = Für den Fall, dass du dein Telefon nicht hast.
security-backup-left = { $left ->
    [0] Keiner mehr da
    [one] Noch 1
   *[other] Noch { $left }
 }
security-backup-new = Neue Codes
security-on = An
security-off = Aus
security-replace = Durch einen neuen ersetzen
security-set-up = Einrichten
security-browsers = { $count ->
    [one] 1 Browser wird nicht nach deinem zweiten Schritt gefragt.
   *[other] { $count } Browser werden nicht nach deinem zweiten Schritt gefragt.
 }
security-browsers-forget = Wieder überall fragen
security-phone-malformed = Gib die Nummer mit Ländervorwahl ein, so wie +49 151 23456789
security-notice-added = Fertig. Das gilt ab jetzt.
security-notice-removed = Entfernt.
security-notice-gone = Diesen Passkey gibt es nicht mehr.
security-notice-renamed = Gespeichert.
security-notice-browsers = Fertig. Jeder Browser fragt wieder nach deinem zweiten Schritt.
security-notice-last = Hier ist ein zweiter Schritt nötig, und das ist dein einziger. Richte zuerst einen anderen ein.
security-notice-many = Du hast so viele Passkeys, wie es geben kann. Entferne zuerst einen, den du nicht mehr benutzt.
security-notice-again = Das hat zu lange gedauert. Fang noch einmal an.
security-notice-on = Das ist schon eingerichtet und zählt.
security-notice-way-in = Ohne ihn könntest du dich nicht mehr anmelden: Du hast kein Passwort. Wähle eines über „Passwort vergessen?“ oder füge vorher einen weiteren Passkey hinzu.
security-notice-unverified = Bestätige zuerst deine E-Mail-Adresse.
set-up-totp-title = Richte deine Authenticator-App ein
set-up-totp-lead = Scanne das mit einer Authenticator-App auf deinem Telefon.
set-up-totp-replaces = Du hast schon eine Authenticator-App. Die neue ersetzt sie, sobald du hier ihren Code eingibst. Bis dahin gilt die alte.
set-up-totp-old-lost = Meine alte App ist weg, oder jemand anders könnte sie haben
set-up-old-lost-hint = Dann gilt sie hier nie wieder, auch nicht, wenn „Das war ich nicht“ die neue wegnimmt.
set-up-totp-picture = QR-Code mit dem Schlüssel für deine App
set-up-totp-open = In einer App auf diesem Gerät öffnen
set-up-totp-type = Den Schlüssel lieber eintippen
set-up-totp-key = Schlüssel
set-up-totp-account = Konto
set-up-totp-type-label = Art
set-up-totp-type-value = Zeitbasiert, 6 Ziffern, 30 Sekunden
set-up-totp-copy = Schlüssel kopieren
set-up-totp-code = Tipp dann den 6-stelligen Code ein, den sie zeigt
set-up-turn-on = Einschalten
set-up-sms-title = Codes per SMS
set-up-sms-lead = Wir schicken einen Code an dein Telefon, jetzt und wenn du dich anmeldest.
set-up-sms-replaces = Du hast schon eine Nummer. Die neue ersetzt sie, sobald du den Code eingibst, den sie bekommt. Bis dahin gilt die alte.
set-up-sms-old-lost = Meine alte Nummer ist weg, oder jemand anders könnte sie haben
set-up-sms-phone = Telefonnummer
set-up-sms-phone-hint = Mit Ländervorwahl, so wie +49 151 23456789.
set-up-sms-another = Eine andere Nummer nehmen oder den Code noch einmal schicken
set-up-email-title = Codes per E-Mail
backup-codes-left = { $left ->
    [0] Du hast keine Ersatzcodes mehr.
    [one] Du hast noch 1 Ersatzcode.
   *[other] Du hast noch { $left } Ersatzcodes.
 }
backup-codes-renew-hint = Neue treten an die Stelle aller alten.
backup-codes-lost = Dein zweiter Schritt ist an. Wenn du deine Ersatzcodes nicht gespeichert hast, mach jetzt neue: Die ersten können wir nicht noch einmal zeigen.
backup-codes-renew = Neue Codes erstellen
new-codes-title = Heb deine Ersatzcodes auf
new-codes-lead = Jeder Code gilt einmal, wenn du dein Telefon nicht hast. Sie werden nicht noch einmal gezeigt.
new-codes-about = Für { $email } bei { $host }. Erstellt am { $time }.
new-codes-file = ersatzcodes.txt
new-codes-download = Herunterladen
new-codes-print = Drucken
new-codes-copy = Kopieren
new-codes-saved = Ich habe sie aufgehoben
remove-factor-title = Diesen zweiten Schritt entfernen?
remove-factor-text = Bei der Anmeldung wirst du dann nicht mehr danach gefragt.
remove-factor-last = Es ist dein einziger zweiter Schritt. Danach genügt dein Passwort allein, und deine Ersatzcodes gelten nicht mehr.
new-passkey-title = Passkey hinzufügen
new-passkey-lead = Dein Browser fragt nach Fingerabdruck, Gesicht, Bildschirmsperre oder Sicherheitsschlüssel.
new-security-key-title = Sicherheitsschlüssel hinzufügen
new-security-key-lead = Für einen Schlüssel, den du einsteckst oder an dein Gerät hältst und der dich vielleicht nicht erkennt. Er kommt nach deinem Passwort dran und meldet dich nie allein an.
new-passkey-failed = Es wurde kein Passkey erstellt. Versuch es noch einmal, oder nimm ein anderes Gerät.
new-passkey-needs-script = Passkeys brauchen JavaScript in diesem Browser. Erlaube es für diese Seite, oder wähle einen anderen zweiten Schritt.
passkey-title = Dein Passkey
passkey-name = Name
passkey-name-hint = Damit du ihn wiedererkennst.
passkey-provider = Liegt bei
passkey-added = Hinzugefügt
passkey-last-used = Zuletzt benutzt
passkey-remove-title = Diesen Passkey entfernen
inbox-sms = SMS
password-leaked = Dieses Passwort steht auf Listen bekannt gewordener Passwörter. Wähle ein anderes.
password-keyboard-pattern = Tastenreihen sind leicht zu erraten. Nimm lieber ein paar zufällige Wörter.
password-repetition = Wiederholte Buchstaben und Wörter sind leicht zu erraten. Nimm lieber ein paar verschiedene Wörter.
password-sequence = Folgen wie abc oder 6543 sind leicht zu erraten. Nimm lieber ein paar zufällige Wörter.
password-date = Daten und Jahreszahlen sind leicht zu erraten. Nimm lieber ein paar zufällige Wörter.
password-single-word = Ein Wort allein ist leicht zu erraten. Häng zwei oder drei zufällige an.
password-name = Namen sind leicht zu erraten. Nimm lieber ein paar zufällige Wörter.
password-close-to-common = Viele Leute nehmen ein Passwort wie dieses. Nimm lieber ein paar zufällige Wörter.
password-unchanged = Das ist das Passwort, das du schon hast. Wähle ein anderes.
password-unusable = Dieses Passwort enthält ein Zeichen, das nicht geht. Wähle ein anderes.
login-too-many-in-a-row = Zu viele falsche Passwörter hintereinander. Versuch es in einem Tag noch einmal, oder bitte die Leute, die diesen Dienst betreiben, um ein neues.
login-too-many-in-a-row-reset = Zu viele falsche Passwörter hintereinander. Wähle ein neues Passwort, um dich anzumelden.
login-too-many-in-a-row-passkey = Zu viele falsche Passwörter hintereinander. Wenn du einen Passkey hast, melde dich damit an. Sonst versuch es in einem Tag noch einmal, oder bitte die Leute, die diesen Dienst betreiben, um ein neues Passwort.
login-too-many-in-a-row-reset-passkey = Zu viele falsche Passwörter hintereinander. Wähle ein neues Passwort, oder melde dich mit einem Passkey an, wenn du einen hast.
proof-too-many-in-a-row = Zu viele falsche Passwörter hintereinander. Versuch es in einem Tag noch einmal, oder bitte die Leute, die diesen Dienst betreiben, um ein neues.
proof-too-many-in-a-row-reset = Zu viele falsche Passwörter hintereinander. Wähle zuerst ein neues Passwort.
proof-too-many-in-a-row-factor = Zu viele falsche Passwörter hintereinander. Nimm unten einen anderen Weg.
account-nav-profile = Profil
account-nav-activity = Aktivität
account-nav-data = Deine Daten
notice-profile-saved = Gespeichert.
notice-account-kept = Dein Konto bleibt. Schön, dass du wieder da bist.
notice-email-changed = Deine E-Mail-Adresse ist geändert. Melde dich ab jetzt mit der neuen an.
notice-phone-verified = Deine Telefonnummer ist bestätigt.
notice-backup-code = Du hast dich mit einem Ersatzcode angemeldet. Er gilt jetzt nicht mehr.
few-codes = { $left ->
    [0] Du hast keine Ersatzcodes mehr.
    [one] Du hast noch einen Ersatzcode.
   *[other] Du hast noch { $left } Ersatzcodes.
}
few-codes-new = Neue erstellen
profile-title = Profil
profile-lead = Apps sehen nur, was du jeder von ihnen erlaubst. Du kannst hier alles leer lassen.
profile-about = Über dich
profile-name = Voller Name
profile-given-name = Vorname
profile-family-name = Nachname
profile-nickname = Spitzname
profile-username = Benutzername
profile-username-hint = Du kannst dich damit ebenso anmelden wie mit deiner E-Mail-Adresse.
profile-contact = Kontakt
profile-email-change = E-Mail-Adresse ändern
profile-phone = Telefonnummer
profile-phone-hint = Mit Ländervorwahl, so wie +44 20 7946 0000.
profile-address = Anschrift
profile-street = Straße und Hausnummer
profile-postal-code = Postleitzahl
profile-locality = Ort
profile-region = Bundesland oder Region
profile-country = Land
profile-region-and-language = Sprache und Zeitzone
profile-locale = Sprache
profile-zone = Zeitzone
profile-zone-hint = Eine große Stadt darin, etwa Berlin oder New York, oder ein Land, das nur eine hat, etwa Indien.
profile-zone-unknown = Gib eine große Stadt deiner Zeitzone ein, etwa Berlin oder New York, oder ihren Namen in der tz-Datenbank, etwa Asia/Kolkata
profile-zone-nearest = Diese Zeitzone kennen wir nicht. Meinst du eine davon? { $zones }
picture-title = Bild
picture-alt = Dein Bild
picture-none = Noch kein Bild.
picture-elsewhere = Dein Bild liegt bei { $host }, und Apps erfahren, wo. Hier zeigen wir es nicht, damit { $host } nicht erfährt, wann du nachsiehst.
picture-remove = Bild entfernen
picture-file = Wähle ein Bild
picture-file-hint = PNG, JPEG oder WebP, höchstens 1 MB. Es wird quadratisch zugeschnitten.
picture-url = Oder nimm es von einer Adresse
picture-url-hint = Beginnt mit https://. Wir holen es einmal und behalten eine Kopie.
picture-submit = Bild speichern
picture-missing = Wähle eine Datei, oder gib eine Adresse ein
picture-address-refused = Gib eine öffentliche Adresse ein, die mit https:// beginnt
picture-unreachable = Unter dieser Adresse war kein Bild zu bekommen. Prüf sie, oder wähle eine Datei.
picture-too-large = Wähle ein Bild mit höchstens 1 MB und 6000 Pixeln je Seite
picture-not-an-image = Wähle ein Bild als PNG, JPEG oder WebP
profile-none = Nicht angegeben
profile-save = Speichern
profile-text-malformed = Nimm höchstens 200 Zeichen in einer Zeile, und keine, die Text verstecken oder umdrehen
profile-username-malformed = Wähle einen Benutzernamen mit höchstens 64 Zeichen, ohne @, ohne Leerzeichen am Rand und ohne zwei Leerzeichen hintereinander
profile-username-taken = Diesen Benutzernamen hat schon jemand. Wähle einen anderen.
profile-phone-malformed = Gib eine Telefonnummer mit Ländervorwahl ein, so wie +44 20 7946 0000
profile-choice-unknown = Wähle etwas aus der Liste
phone-title = Bestätige deine Telefonnummer
phone-finish = Bestätigen
phone-verified = Nummer bestätigt
phone-unverified = Nummer nicht bestätigt
phone-verify = Jetzt bestätigen
change-email-title = Ändere deine E-Mail-Adresse
change-email-lead = Jetzt meldest du dich mit { $email } an, und unsere Mails gehen dorthin.
change-email-new = Neue E-Mail-Adresse
change-email-hint = Wir schicken einen Code, um zu prüfen, dass sie dir gehört. Die alte Adresse bekommt eine Nachricht.
change-email-submit = Code schicken
change-email-unchanged = Das ist schon deine Adresse
change-email-sent = Wir haben einen Code an { $email } geschickt. Bis du ihn hier eingibst, bleibt deine Adresse, wie sie ist.
change-email-finish = Adresse ändern
email-return-title = Dein Konto zurückholen?
email-return-lead = { $email } wird wieder die Adresse des Kontos. Alle werden abgemeldet, und das Passwort gilt nicht mehr.
email-return-factors-go = Zuletzt eingerichtete zweite Schritte und alle Ersatzcodes gehen mit.
email-return-factors-stay = Alle zweiten Schritte bleiben, auch zuletzt eingerichtete: Sonst wäre keiner mehr da, und wer deine E-Mails liest, käme allein damit hinein.
email-return-submit = Mein Konto zurückholen
email-return-done-title = Deine Adresse ist zurück
email-return-done-text = Alle sind abgemeldet, und das alte Passwort gilt nicht mehr. Für ein neues nimm den Knopf unten: Dann schicken wir einen Link an deine Adresse.
email-return-done-text-ask = Alle sind abgemeldet, und das alte Passwort gilt nicht mehr. Bitte die Leute, die diesen Dienst betreiben, um ein neues.
email-return-factors-stayed = Alle zweiten Schritte bleiben, auch zuletzt eingerichtete. Entferne nach der Anmeldung unter „Sicherheit“, was nicht deins ist. Wenn du keinen davon benutzen kannst, wähle bei der Anmeldung „Ich habe nichts davon mehr“.
email-return-used-text = Ein Link gilt nur einmal. Wenn deine Adresse nicht zurück ist, bitte die Leute, die diesen Dienst betreiben, um Hilfe.
email-return-expired-text = Er galt 7 Tage. Bitte die Leute, die diesen Dienst betreiben, um Hilfe.
email-return-taken-title = Ein anderes Konto hat diese Adresse
email-return-taken-text = Von selbst lässt sie sich nicht mehr zurückgeben. Bitte die Leute, die diesen Dienst betreiben, um Hilfe.
email-return-unknown-text = Öffne ihn noch einmal aus der E-Mail, oder kopiere die ganze Adresse in deinen Browser.

factor-undo-title = Warst du das nicht?
factor-undo-lead = Dein Konto kann jetzt mit { $factor } bestätigt werden, vor kurzem eingerichtet. Warst das nicht du, nimm es weg. Was dadurch ersetzt wurde, gilt wieder, was danach dazukam, geht auch, alle werden abgemeldet, und das Passwort gilt nicht mehr. Danach wählst du ein neues.
factor-undo-submit = Wegnehmen und alle abmelden
factor-undo-was-me = Wenn du es warst, schließ einfach diese Seite. Es ändert sich nichts.
factor-undo-done-title = Es ist weg
factor-undo-done-text = Alle sind abgemeldet, und das alte Passwort gilt nicht mehr. Wurde dadurch etwas ersetzt, gilt es wieder. Für ein neues Passwort nimm den Knopf unten: Wir schicken dann einen Link an deine Adresse.
factor-undo-gone-title = Es gibt nichts wegzunehmen
factor-undo-gone-text = Es wurde schon entfernt, oder dieser Link wurde benutzt. Wenn noch etwas seltsam aussieht, wähle ein neues Passwort.
factor-undo-expired-text = Er galt 7 Tage. Wenn du nicht mehr hineinkommst, bitte die Leute, die diesen Dienst betreiben, um Hilfe.
factor-undo-none-left-title = Deinem Konto bliebe kein zweiter Schritt
factor-undo-none-left-text = Vorher hatte es einen, und den gibt es nicht mehr. Deshalb bleiben deine zweiten Schritte, wie sie sind. Alle sind abgemeldet, und das Passwort gilt nicht mehr. Bitte die Leute, die diesen Dienst betreiben, um Hilfe: Sie können deine zweiten Schritte zurücksetzen.
factor-undo-unknown-text = Öffne ihn noch einmal aus der E-Mail, oder kopiere die ganze Adresse. Ist er vollständig, dann wurde seitdem die Adresse des Kontos geändert (nimm den Link aus der E-Mail darüber), oder die Leute, die diesen Dienst betreiben, haben deine zweiten Schritte entfernt.
activity-title = Aktivität
activity-lead = Was in deinem Konto geschah, das Neueste zuerst.
activity-list = Zuletzt
activity-none = Noch ist nichts zu sehen.
activity-older = Älteres
activity-newest = Neuestes
activity-not-me = Das war ich nicht
activity-not-me-hint = „Das war ich nicht“ meldet alles andere ab und lässt dich ein neues Passwort wählen. In der Zeile eines zweiten Schritts der letzten 7 Tage nimmt es auch den wieder weg, mit allem, was danach dazukam; in der Zeile einer erlaubten App sperrt es auch die aus.
activity-signed-in = Angemeldet
activity-proved = Bestätigt, dass du es bist
activity-sign-in-refused = Anmeldung abgelehnt
activity-sign-in-begun = Anmeldung begonnen: Der erste Schritt war richtig
activity-factor-given = Zweiter Schritt bestätigt
activity-factor-refused = Zweiter Schritt abgelehnt
activity-factor-added = Zweiter Schritt eingerichtet
activity-factor-replaced = Zweiter Schritt durch einen neuen ersetzt
activity-factor-restored = Zweiter Schritt zurückgenommen: Der vorherige gilt wieder
activity-factor-removed = Zweiter Schritt entfernt
activity-browser-trusted = Ein Browser wird eine Weile nicht nach dem zweiten Schritt gefragt
activity-browsers-forgotten = Jeder Browser wird wieder nach dem zweiten Schritt gefragt
activity-link-sent = Alles andere ist abgemeldet. Wir haben einen Link an { $email } geschickt: Er nimmt weg, was dazukam, und du wählst ein neues Passwort.
activity-links-sent-before = Alles andere ist abgemeldet. Vorerst geht kein weiterer Link an { $email }. Die in den bisherigen Mails gelten noch: Sie nehmen weg, was dazukam, und du wählst ein neues Passwort.
activity-for-operator = Alles andere ist abgemeldet. Was dazukam, ist noch da: Bitte die Leute, die diesen Dienst betreiben, deine zweiten Schritte zu entfernen, und wähle danach ein neues Passwort.
activity-factor-added-lately = Alles andere ist abgemeldet. In den letzten 7 Tagen wurde für dein Konto ein zweiter Schritt eingerichtet. Warst auch das nicht du, wähle „Das war ich nicht“ in seiner Zeile weiter unten. Warst du es, wähle jetzt ein neues Passwort: Wer das alte kennt, könnte sich wieder anmelden.
activity-address-changed-lately = Alles andere ist abgemeldet. Lies, was weiter unten über die Adresse steht, bevor du ein neues Passwort wählst.
activity-moved = Die Adresse dieses Kontos wurde in den letzten 7 Tagen geändert. Vorher war es { $earlier }. Warst das nicht du, öffne die E-Mail, die wir dorthin geschickt haben, und wähle „Mein Konto zurückholen“: Wer die neue Adresse liest, kann jederzeit ein neues Passwort wählen.
activity-factor-is-mine = Das war ich: neues Passwort wählen
activity-updated = Deine Angaben wurden geändert von den Leuten, die diesen Dienst betreiben
activity-blocked = Dein Konto wurde gesperrt von den Leuten, die diesen Dienst betreiben
activity-unblocked = Dein Konto wurde wieder freigegeben von den Leuten, die diesen Dienst betreiben
activity-role-assigned = Dir wurde eine Rolle gegeben von den Leuten, die diesen Dienst betreiben
activity-role-removed = Dir wurde eine Rolle genommen von den Leuten, die diesen Dienst betreiben
activity-permission-added = Dir wurde ein Recht gegeben von den Leuten, die diesen Dienst betreiben
activity-permission-removed = Dir wurde ein Recht genommen von den Leuten, die diesen Dienst betreiben
activity-factors-reset = Zweite Schritte entfernt von den Leuten, die diesen Dienst betreiben
activity-factors-returned = Mit der Rückkehr zur alten Adresse die zuletzt eingerichteten zweiten Schritte und alle Ersatzcodes entfernt
activity-factors-unverified = Zweite Schritte entfernt, weil niemand die Adresse bestätigt hatte, als sie eingerichtet wurden
activity-signed-out = Abgemeldet
activity-session-ended = Ein Gerät abgemeldet
activity-signed-out-by-operator = Von den Leuten, die diesen Dienst betreiben, abgemeldet
activity-signed-out-elsewhere = Überall sonst abgemeldet
activity-signed-up = Konto erstellt
activity-password-link = Link zum Wählen deines Passworts, gemacht von den Betreibern dieses Dienstes
activity-verification-link = Link zum Bestätigen deiner Adresse, gemacht von den Betreibern dieses Dienstes
activity-access-removed-by-operator = Zugriff einer App zurückgenommen von den Betreibern dieses Dienstes
activity-invited = Einladung von den Betreibern dieses Dienstes verschickt
activity-sign-up-again = Jemand wollte mit deiner Adresse ein Konto erstellen
activity-email-verified = E-Mail-Adresse bestätigt
activity-code-refused = Falscher Code eingegeben
activity-password-set = Passwort von den Betreibern dieses Dienstes gesetzt
activity-password-changed = Passwort geändert
activity-reset-requested = Link zu einem neuen Passwort angefordert
activity-new-password-required = Bei der nächsten Anmeldung wird ein neues Passwort verlangt
activity-new-password-waived = Das Passwort darf bleiben: Es wird kein neues mehr verlangt
activity-recovery-requested = Um einen Weg zurück ohne zweiten Schritt gebeten
activity-recovery-link-requested = Link zum Formular für einen Weg zurück angefordert
activity-recovery-approved = Das Entfernen aller zweiten Schritte wurde genehmigt
activity-recovery-ended = Die Bitte um einen Weg zurück ohne zweiten Schritt ist erledigt
activity-password-reset = Neues Passwort über einen Link gewählt
activity-email-change-requested = Andere E-Mail-Adresse gewünscht
activity-email-changed = E-Mail-Adresse geändert
activity-email-change-undone = Alte E-Mail-Adresse zurückgeholt
activity-profile-updated = Profil geändert
activity-phone-verified = Telefonnummer bestätigt
activity-consent-given = App erlaubt
activity-consent-refused = App nicht erlaubt
activity-access-removed = Zugriff einer App entfernt
activity-token-replayed = App abgemeldet: Jemand hat ihren Zugriff zweimal benutzt
activity-disowned = Gemeldet, dass etwas nicht von dir war
activity-data-exported = Daten heruntergeladen
activity-deletion-requested = Löschen des Kontos gewünscht
activity-deletion-undone = Konto doch behalten
data-title = Deine Daten
data-lead = Nimm eine Kopie mit, oder geh ganz.
data-export-title = Eine Kopie herunterladen
data-export-hint = Dein Profil, deine Geräte, Apps und Aktivitäten in einer JSON-Datei. Passwörter und Codes sind nicht darin.
data-export-submit = Herunterladen
data-delete-hint = Dein Profil, deine Geräte, Apps und Aktivitäten verschwinden für immer.
delete-title = Lösche dein Konto
delete-lead = Alles endet sofort: Du wirst überall abgemeldet, in Apps auch. Du kannst es dir { $days ->
    [one] 1 Tag
   *[other] { $days } Tage
 } lang anders überlegen. Danach werden deine Daten endgültig gelöscht. Was Apps gespeichert haben, bleibt bei ihnen.
delete-confirm = Zur Bestätigung gib { $email } ein
delete-confirm-hint = Damit niemand ein Konto aus Versehen löscht.
delete-not-confirmed = Gib die E-Mail-Adresse des Kontos so ein, wie sie hier steht
delete-submit = Mein Konto löschen
delete-last-administrator = Du bist hier die einzige Person mit der Rolle admin. Darum muss dein Konto vorerst bleiben.
delete-last-administrator-hint = Gib zuerst jemand anderem die Rolle admin. Dann komm hierher zurück und lösche dein Konto.
delete-back = Zurück zu deinen Daten
restore-title = Dieses Konto wird gelöscht
restore-lead = Am { $time } ist es endgültig weg. Bis dahin kannst du es behalten.
restore-submit = Mein Konto behalten
leaving-requested-title = Dein Konto wird gelöscht
leaving-requested-text = Du bist überall abgemeldet. Wenn du es dir anders überlegst, nimm den Link in unserer E-Mail, oder melde dich an.
leaving-requested-text-sign-in = Du bist überall abgemeldet. Wenn du es dir anders überlegst, melde dich an.
leaving-kept-title = Dein Konto bleibt
leaving-kept-text = Melde dich an wie bisher. Apps werden dich bitten, dich wieder anzumelden.
leaving-over-title = Dieser Link gilt nicht
leaving-over-text = Er wurde vielleicht schon benutzt oder ist nicht vollständig: Öffne ihn noch einmal aus der E-Mail. Oder melde dich einfach an: Solange es das Konto gibt, kannst du es dann behalten.
leaving-due = Endgültig weg:
