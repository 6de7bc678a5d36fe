### Every text of the hosted pages and mails, in English.
### [name]words[/name] becomes a link; the page gives the address.
### de.ftl has every key of this file. ar.ftl has those of the way into an account.

## Every page
skip-to-main = Skip to main content
title-error = Error: { $title }
errors-title = There is a problem
error-before = Error:
foot-help = Help
foot-privacy = Privacy
foot-terms = Terms
cover-signing-in = You’re signing in to
cover-signing-up = You’re signing up for
cover-request = A request from
cover-way-back = On the way back to
cover-own-title = Your account
cover-own-text = One { $brand } account for all your apps.
continue = Continue
cancel = Cancel
remove = Remove
reference = Reference
time = Time
sign-out = Sign out
start-again = Start again
try-again = Try again
back-to-app = Back to { $app }
not-you = Not you?
too-many-tries = Too many tries. Wait { $wait }, then try again.
wait-minutes = { $count ->
    [one] 1 minute
   *[other] { $count } minutes
 }
wait-hours = { $count ->
    [one] 1 hour
   *[other] { $count } hours
 }
wait-days = { $count ->
    [one] 1 day
   *[other] { $count } days
 }

## Times, to the minute; { $zone } is "UTC" or "UTC+1"
moment = { $day } { $month } { $year }, { $time } { $zone }
month-january = January
month-february = February
month-march = March
month-april = April
month-may = May
month-june = June
month-july = July
month-august = August
month-september = September
month-october = October
month-november = November
month-december = December

## Passwords
password-show = Show
password-hide = Hide
password-reveal-what = password
password-strength = Password strength
password-more-characters = # more to go.
password-guessable = Easy to guess: use more different characters.
password-good = Good.
password-strong = Strong.
caps-lock = Caps Lock is on.
password-missing = Create a password
password-too-short = Use at least { $min } characters in your password
password-too-long = Use at most { $max } characters in your password
password-is-personal = Choose a password without your name, username or email address in it
password-is-of-service = Choose a password without the name of this service in it
password-too-weak = Choose a password that is harder to guess: add a few random words
password-leaked = This password is on lists of leaked passwords. Choose another.
password-unchanged = This is the password you have. Choose another.
password-keyboard-pattern = Rows of keys are easy to guess. Use a few random words instead.
password-repetition = Repeated letters and words are easy to guess. Use a few different words instead.
password-sequence = Sequences like abc or 6543 are easy to guess. Use a few random words instead.
password-date = Dates and years are easy to guess. Use a few random words instead.
password-single-word = One word by itself is easy to guess. Add two or three random ones.
password-name = Names are easy to guess. Use a few random words instead.
password-close-to-common = Many people use a password like this one. Use a few random words instead.
password-unusable = This password holds a character that can’t be used. Choose another.

## Email addresses
email-missing = Enter your email address
email-invalid = Enter an email address like name@example.com

## A forgotten password
forgot-title = Forgot your password?
forgot-lead = Tell us your email address. We’ll send you a link to choose a new password.
forgot-without-mail = This service sends no email. Ask the people who run it for a new password.
forgot-submit = Send a link
forgot-remembered = Remembered it?
reset-sent-title = Check your email
reset-sent-lead = If there is an account for { $email }, an email is on its way. It can take a minute.
reset-sent-newest-lead = We have sent several links for { $email }, if there is an account for it. Use the newest email: its link still works.
reset-sent-hours = The link in it works for { $hours ->
    [one] 1 hour
   *[other] { $hours } hours
 }.
reset-sent-minutes = The link in it works for { $minutes ->
    [one] 1 minute
   *[other] { $minutes } minutes
 }.
reset-sent-nothing-hint = Look in the spam folder too. If you signed up with another address, use that one.
reset-send-again = Send again
reset-back-to-sign-in = Back to sign in
reset-title = Choose a new password
reset-lead = Everywhere else you will be signed out.
reset-password = New password
reset-submit = Save and sign in
renew-operator = The people who run this service ask you to choose a new password. The one you have no longer opens your account.
renew-leaked = The password you used is on lists of leaked passwords, and strangers may try it. Choose a new one to go on.
renew-submit = Save and continue
invitation-title = Welcome
invitation-lead = Choose a password for your account at { $brand }.
reset-new-link = Send a new link
reset-used-title = This link was used already
reset-used-text = A link works once. If it was you, sign in with the new password. Otherwise, or if you have forgotten it, ask for a new link.
reset-expired-title = This link has expired
reset-expired-text = Ask for a new one: your password was not changed.
reset-superseded-title = This link no longer works
reset-superseded-text = A newer link was sent, or your password or email address was changed since. Use the newest email, or ask for a new link.
reset-elsewhere-title = Open this link again
reset-elsewhere-text = Nothing is changed yet. Another link was opened in this browser since, or its cookies were removed. Open this link again from its email: it is still good.
reset-unknown-title = This link is not complete
reset-unknown-text = Open it again from the email, or copy the whole address into your browser. You can also ask for a new link.

## Sign in
login-title = Sign in
login-lead = Use your { $brand } account.
login-username = Email or username
recover-title = A way back into your account
recover-lead = For when you can no longer use any of your second steps. We send you a link, you tell us what happened, and the people who run this service decide.
recover-without-mail = For when you can no longer use any of your second steps. This service sends no email: ask the people who run it.
recover-contact = Reach the people who run this service
recover-sent-text = If there is an account for { $email }, an email is on its way. The link in it works for 1 hour.
recover-reason-title = What happened?
recover-reason-lead = Nothing changes yet. The people who run this service read what you write, and may ask you to prove who you are.
recover-reason-beside = Someone has asked before and told what happened. What you write is read beside it: if that was not you, say so.
recover-reason-label = In your words
recover-reason-hint = At most { $max } characters. Leave out passwords and codes.
recover-reason-missing = Say in a few words what happened
recover-reason-too-long = Use at most { $max } characters
recover-reason-submit = Ask for a way back
recover-recorded-title = The people who run this service will look at it
recover-recorded-text = You get an email when they have decided. If you find one of your second steps before then, sign in with it and stop this there.
recover-waiting-title = It was asked for already
recover-waiting-text = The people who run this service decide about it, or have decided: look for their email. If you find one of your second steps, sign in with it and stop this there.
recover-ended-title = This request is over
recover-ended-text = It was decided, stopped or done. If you still cannot get in, ask for a new link.
recover-unneeded-title = You only need a password
recover-unneeded-text = Your account asks for no second step. If you have forgotten your password, choose a new one.
recover-over-text = Ask for a new link. Your account is unchanged.
recover-stop-title = Was it not you?
recover-stop-lead = Someone asked to remove the second steps of this account. If it was not you, stop it: everything stays as it is.
recover-stop-submit = This was not me
recover-stopped-title = It is stopped
recover-stopped-text = Your second steps stay as they are. Whoever asked reads your email: change the password of your mailbox, and choose a new one here.
recover-late-title = There is nothing to stop any more
recover-late-text = It was stopped, refused or done already. If you are not sure that your account is yours alone, choose a new password.
recover-not-stopped-title = Nothing is stopped yet
recover-not-stopped-text = This link is not complete, or its page stood open too long. Open it again from the email, or copy the whole address. If you can, sign in and stop it there.
login-password = Password
login-forgot = Forgot your password?
login-remember = Keep me signed in on this device
login-submit = Sign in
login-new-here = New here?
login-sign-up = Create an account
login-incomplete = Enter your email or username, and your password.
login-no-password = Enter your password.
login-wrong-credentials = The email or password is not right. Check both and try again.
login-wrong-credentials-reset = The email or password is not right. Check both and try again. You can also reset your password: after many wrong ones in a row, only that helps.
login-wrong-credentials-reset-passkey = The email or password is not right. Check both and try again. You can also reset your password: after many wrong ones in a row, only that or a passkey helps.
login-wrong-credentials-day = The email or password is not right. Check both and try again. After many wrong ones in a row, the right one works again a day later.
login-wrong-credentials-day-passkey = The email or password is not right. Check both and try again. After many wrong ones in a row, the right one works again a day later; a passkey works at once.
login-unverified-hint = Just signed up? Open the link in our email first. If you can’t find the email, create the account again.
login-throttled-reset = Too many tries. Wait { $wait }, or reset your password.
login-too-many-in-a-row = Too many wrong passwords in a row. Try again in a day, or ask the people who run this service for a new one.
login-too-many-in-a-row-reset = Too many wrong passwords in a row. Reset your password to sign in.
login-too-many-in-a-row-passkey = Too many wrong passwords in a row. If you have a passkey, sign in with it. Otherwise try again in a day, or ask the people who run this service for a new password.
login-too-many-in-a-row-reset-passkey = Too many wrong passwords in a row. Reset your password, or sign in with a passkey if you have one.
login-notice-account-ready = Your account is ready. You can sign in now.
login-notice-email-verified = Thank you, your email address is verified. You can sign in now.
login-reauth-title = Confirm it’s you
login-reauth-app-asks = { $app } asks you to sign in once more.
login-reauth-too-long-ago = For { $app } your last sign-in is too long ago, so it asks you to sign in once more.
login-reauth-submit = Confirm it’s me

## The second step
login-notice-again = That took too long, or was begun elsewhere. Sign in again.
login-notice-signed-out = You are no longer signed in, so nothing was done just now. If you sent it twice, the first time may have counted: sign in and see.
factor-ways-title = Confirm it’s you
factor-ways-lead = Choose how.
factor-ask-operator = Can’t use any of these? Ask the people who run this service.
factor-none-of-these = I have none of these any more
factor-none-left = You can’t use any of your second steps just now. Either you reset your password by email, and then a code by email does not count, or this service no longer has a way to them. Sign in where you are still signed in, or ask the people who run this service to reset your second steps.
factor-another-way = Use another way
factor-passkey = Passkey or security key
factor-passkey-hint = This device or one nearby
factor-totp = Authenticator app
factor-totp-hint = A code from the app
factor-sms = Text message
factor-email = Email
factor-sent-to = A code to { $to }
factor-backup = Backup code
factor-backup-hint = One of the codes you saved
factor-code-title = Enter your code
factor-code-label = 6-digit code
factor-totp-lead = Open your authenticator app and type the code for { $brand }.
factor-sms-lead = We sent a text message to { $to }.
factor-email-lead = We sent an email to { $to }.
factor-send-lead = We’ll send a code to { $to }.
factor-send = Send a code
factor-resend-at = You can have another one from { $time }.
factor-notice-sent = A code is on its way.
factor-not-sent = We have sent as many codes as we may for now. In { $wait } you can have another one.
factor-not-sent-last = The last one still works.
factor-not-sent-others = Or use another way.
factor-sent-out = We have sent as many codes as we may for this sign-in. Use the latest if it still works, or another way, or sign in again for a new one.
factor-too-soon = We sent a code a moment ago. In { $wait } you can have another one.
factor-notice-wait = We sent a code a moment ago. It can take a minute.
factor-backup-title = Enter a backup code
factor-backup-lead = Each code works once.
factor-backup-label = Backup code
factor-backup-code-hint = Like 7KQ4-M2XD.
factor-trust = Don’t ask on this device for { $days ->
    [one] 1 day
   *[other] { $days } days
 }
factor-passkey-title = Use your passkey
factor-passkey-lead = Your browser will ask for your fingerprint, face, screen lock or security key.
factor-passkey-use = Use a passkey
factor-missing = Enter the code
factor-wrong = That code is not right. Check it and try again.
factor-wrong-totp = That code is not right. Codes change every 30 seconds.
factor-wrong-totp-again = That code is not right. Codes change every 30 seconds: check that the time on your phone is set automatically.
factor-used = That code was already used. Use another one.
factor-used-wait = That code was already used. Wait for the next one.
factor-expired = The code has expired. Ask for a new one below.
factor-expired-sent = The code has expired. We sent a new one.
passkey-failed = That passkey did not work, or it was cancelled. Try again, or use another way.
passkey-too-late = This page was open too long. Try again.
passkey-needs-script = Passkeys need JavaScript in this browser. Use another way.

## Before something grave in the account
proof-again = Nothing is changed yet: your last proof is too long ago. Confirm it’s you, then do it once more on the page that follows.
proof-to-change-password = To change your password, confirm it’s you.
proof-to-change-email = To change your email address, confirm it’s you.
proof-to-export = To download your data, confirm it’s you.
proof-to-delete = To delete your account, confirm it’s you.
proof-to-change-factors = To change how you sign in, confirm it’s you.
proof-to-replace-password = Everything else is signed out. To choose a new password, confirm it’s you.
proof-to-disown = To take away what somebody else added, confirm it’s you. Then choose “Not me” again.
proof-by-factor = Use a passkey or a code instead
proof-by-factor-alone = Use a passkey or a code
proof-no-password = You have no password here. Ask the people who run this service for one.
proof-no-password-reset = You have no password yet. Choose one first, by a link that we mail to you.
proof-no-password-factor = You have no password here. A passkey or a code shows that it’s you.
proof-wrong-password = That password is not right. Try again.
proof-too-many-in-a-row = Too many wrong passwords in a row. Try again in a day, or ask the people who run this service for a new one.
proof-too-many-in-a-row-reset = Too many wrong passwords in a row. Reset your password first.
proof-too-many-in-a-row-factor = Too many wrong passwords in a row. Use another way below.

## Choose an account
accounts-title = Choose an account
accounts-lead = Which one do you want to use for { $app }?
accounts-signed-out = Signed out
accounts-another = Use another account
accounts-remove = Remove an account from this device
accounts-remove-hint = The account itself stays. It is just no longer listed here.

## Create an account
signup-title = Create an account
signup-lead = You’ll use it wherever you see { $brand }.
signup-lead-app = You’ll use it for { $app }.
signup-name = Your name
signup-name-hint = As you’d like to be addressed.
signup-name-missing = Enter your name
signup-name-too-long = Enter a shorter name
signup-name-malformed = Enter your name on one line, without characters that hide or turn text
signup-email = Email address
signup-email-hint = We’ll send a code to check it’s yours.
signup-password = Create a password
signup-password-hint = At least { $min } characters. A few random words work well, and so does a password manager.
signup-submit = Create account
signup-agreement = By creating an account you agree to the [terms]terms[/terms]. The [privacy]privacy notice[/privacy] says what is kept and why.
signup-agreement-terms = By creating an account you agree to the [terms]terms[/terms].
signup-agreement-privacy = The [privacy]privacy notice[/privacy] says what is kept and why.
signup-have-account = Already have an account?

## Check your email
check-email-title = Check your email
check-email-lead = We sent a code to { $email }. Enter it here, or open the link in the email.
check-email-code = 6-digit code
check-email-code-hint = It works for { $minutes ->
    [one] 1 minute
   *[other] { $minutes } minutes
 }.
check-email-link-hint = The link in the email works for { $hours ->
    [one] 1 hour
   *[other] { $hours } hours
 }. If you open it in another browser, come back here and reload.
check-email-nothing = Nothing there?
check-email-nothing-hint = It can take a minute. Look in the spam folder too.
check-email-resend = Send a new code
check-email-change = Use another address
check-email-new-address = Your email address
check-email-change-submit = Send a code to this address
check-email-new-code = We sent a new code. The old one no longer works.
check-email-address-changed = Address changed. We sent a code to the new one.
verify-later-title = We can’t send another email just now
verify-later-text = We have sent as many as we may for now. In { $wait } you can have another one.
verify-later-link = If you find one that we sent before, open the link in it: it still works.
verify-later-reset = A link to a new password comes in an email of its own, and proves that the address is yours as well.
verify-later-another = If the address is mistyped, create the account again with the right one.
verify-later-account = Back to your account
code-missing = Enter the code from the email
code-wrong = That code is not right. Check the email and try again.
code-expired = That code has expired. Ask for a new one below.
code-used = That code was already used. Ask for a new one below.
code-superseded = A newer code was sent. Enter the one from the latest email.
code-no-more-mails = We have sent as many emails as we may for this. Look for the ones you have: the link in the latest still works.
code-too-many-tries = That was too many wrong codes, so this one no longer works. Ask for a new one below.

## The link in the email
verify-link-title = Is this your email address?
verify-link-lead = Someone, we hope you, is signing up or signing in at { $brand } with it.
verify-link-confirm = Yes, it’s mine
verify-link-other = Was it someone else?
verify-link-other-hint = Then nobody gets in with it any more. An account that was just made goes, with its data.
verify-link-not-me = This was not me
verify-done-title = Thank you, that’s done
verify-done-text = { $email } is verified. Go back to the window where you began and reload it, or enter the code there. You can close this one.
verify-alone-text = { $email } is verified. You can close this page, or sign in now.
verify-used-title = This link was already used
verify-used-text = Your email address is already verified, so there is nothing left to do. Just sign in.
verify-before-title = The address was confirmed before
verify-before-text = The account is in use already, and whoever set it up can be in it. If that was not you, take it: choose a new password, which signs everyone else out.
verify-expired-title = This link has expired
verify-expired-text = Links work for a limited time.
verify-superseded-title = There is a newer link
verify-superseded-text = We sent another email after this one. Open the link in the latest one.
verify-unknown-title = This link does not work
verify-unknown-text = Perhaps it is too old, or was cut off: copy the whole address from the email. If you told us that it was not you, there is nothing left to do.
verify-begun-again-title = This window is out of date
verify-begun-again-text = Since you opened it, the account was created again with this address, a password was chosen by email, or someone who reads this mailbox said that it was not them. If you created it again, go on in the newer window with the code from the latest email. If you chose a password, sign in.
verify-window-gone = Can’t find that window any more?
verify-begin-again = Signed up yourself? Create the account again with the same address, and we’ll send you a new email. If somebody set the account up for you, sign in instead.
verify-begin-again-do = Create the account again
verify-sign-in-again = Sign in, and we’ll send you a new email.
verify-sign-in-again-do = Sign in for a new email
verify-removed-title = Thank you for telling us
verify-removed-text = Whoever used your address here can’t get in with it any more, and you don’t need to do anything else.

## Allow an app
consent-title = Allow { $app }?
consent-heading = Allow { $app } to use your account?
consent-switch = Switch account
consent-asked = It will be able to
consent-granted = It already can
consent-never = It will not see your password or your other apps.
consent-deny = Don’t allow
consent-allow = Allow
consent-way-back = Either way you’ll go back to { $host }.
consent-way-back-owner = Either way you’ll go back to { $host }, run by { $owner }.
consent-documents = Read the [policy]privacy policy[/policy] and [terms]terms[/terms] of { $app }.
consent-policy = Read the [policy]privacy policy[/policy] of { $app }.
consent-terms = Read the [terms]terms[/terms] of { $app }.
scope-openid = Know that it’s you
scope-openid-detail = By an account number that says nothing else about you.
scope-profile = See your profile
scope-profile-picture = your picture
scope-email = See your email address
scope-email-verified = { $email }, verified
scope-email-unverified = { $email }, not verified
scope-phone = See your phone number
scope-address = See your postal address
scope-offline = Keep this access when you’re not using it
scope-offline-detail = Until you remove it.
scope-api-alone = Use { $api } in your name
scope-api = { $api }
scope-api-changes = { $api }. This can change or delete things.

## Back to the app
hand-back-title = Taking you back to { $app }
hand-back-signed-in = You’re signed in.
hand-back-not-allowed = Nothing was shared.
hand-back-signed-out = You’re signed out.
hand-back-lead = If nothing happens, use the button.
hand-back-continue = Continue to { $app }

## Sign out
logout-title = Sign out of { $brand }?
logout-apps = This also signs you out of { $apps ->
    [one] 1 app
   *[other] { $apps } apps
 }.
logout-stay = Stay signed in
logged-out-title = You’re signed out
logged-out-lead = On a shared device, close the browser too.
logged-out-again = Sign in again

## A request that cannot be answered
oauth-error-title = This sign-in can’t start
oauth-error-lead = The app sent a request we can’t accept. Your account is fine and nothing was shared. Go back to the app and try again, or tell the people who run it.
oauth-error-lead-app = { $app } sent a request we can’t accept. Your account is fine and nothing was shared. Go back to the app and try again, or tell the people who run it.
oauth-error-developers = If you build this app
oauth-error-code = Error
oauth-error-parameter = Parameter
oauth-error-received = Received
oauth-error-client = Client
oauth-error-fix = To fix it
oauth-error-docs = Read what the standard says
oauth-error-unknown-client = There is no application with this client ID.
oauth-error-unknown-client-fix = Copy the client ID from the application’s settings. Check that this is the right server, too.
oauth-error-redirect-uri-missing = The request does not say where to send the answer.
oauth-error-redirect-uri-missing-fix = Send redirect_uri with one of the application’s callback URLs.
oauth-error-redirect-uri-mismatch = The address to send the answer to is not one of this application’s callback URLs. They have to match exactly: scheme, host, port, path and the final slash.
oauth-error-redirect-uri-mismatch-fix = Send a URL that is registered, or have this one added to the application’s callback URLs.
oauth-error-repeated-parameter = A parameter is in the request more than once.
oauth-error-repeated-parameter-fix = Send each parameter once.
oauth-error-invalid-parameter = A parameter is missing, or its value can’t be read.
oauth-error-invalid-parameter-fix = Send the parameter named above with a valid value.

## When a page cannot be shown
form-expired-title = This page was open too long
form-expired-lead = For your safety a form only works for a while. Nothing was changed.
form-expired-kept = What you typed is still here, except passwords, codes and files. Look it over and send it again.
already-title = You’re already signed in
already-lead = You finished this already, here or in another window, as { $email }.
cookies-title = Your browser is not keeping cookies
cookies-lead = Without cookies from { $host } we can’t tell that it’s you from one page to the next. Allow them in your browser’s settings, then try again.
status-next = Continue
status-reference = If it keeps happening, tell the people who run this service, with the reference { $reference }
status-forbidden-title = You can’t open this page
status-forbidden-text = Your account doesn’t have access to it. Ask the people who run this service if you think it should.
status-not-found-title = Page not found
status-not-found-text = Check the address, or go back to the app you came from.
status-method-title = This page can’t be opened like that
status-method-text = Open it from the start, without sending a form.
status-too-large-title = That was too much at once
status-too-large-text = What you sent is too large. Shorten it and try again.
status-too-many-title = Slow down a little
status-too-many-moment = Too many tries. Wait a minute, then try again.
status-fault-title = Something went wrong
status-fault-text = It’s our fault, not yours, and your account is fine. Try again in a moment.
status-unavailable-title = We’ll be right back
status-unavailable-text = We can’t answer just now. Wait a minute, then try again.

## Your account
account-title = Your account
account-lead = Your { $brand } account at a glance.
account-nav = Account
account-nav-home = Home
account-nav-profile = Profile
account-nav-devices = Devices
account-nav-apps = Apps
account-nav-activity = Activity
account-nav-data = Your data
account-protected = Your account is protected by a password
account-protected-hint = Use this password nowhere else, and a stranger can’t get in with one that leaked.
account-no-second-step = Add a second step
account-no-second-step-hint = A password alone can be guessed or stolen. With a second step, whoever has it still can’t get in.
account-second-step-add = Set one up
account-second-step = Your account is well protected
account-second-step-hint = After a password, we ask for a second step, unless you chose not to be asked in that browser.
account-unverified = Verify your email address
account-unverified-hint = We’ll send you a code. The next time you sign in, we ask for it in any case.
account-verify = Send me a code
account-you = About you
account-name = Name
account-email = Email address
account-email-verified = Verified
account-email-unverified = Not verified
account-sign-in-before = Sign-in before this one
account-first-sign-in = None: this is your first one. Welcome!
account-created = Account created

## What was just done in the account
notice-password-changed = Your password is changed. Everywhere else you’re signed out.
notice-signed-out = That device is signed out, with the apps you used on it.
notice-other-account = Meanwhile another account signed in here, so nothing was done. This is the account you’re in now.
notice-disowned = Everything else is signed out. Now choose a new password: whoever knows the old one could sign in again.
notice-signed-out-elsewhere = Everywhere else you’re signed out. Apps will ask you to sign in again.
notice-access-removed = The app can’t use your account any more.
notice-profile-saved = Saved.
notice-account-kept = Your account stays. It’s good to have you back.
notice-email-changed = Your email address is changed. Sign in with the new one from now on.
notice-phone-verified = Your phone number is verified.
notice-backup-code = You signed in with a backup code. It won’t work again.
few-codes = { $left ->
    [0] You have no backup codes left.
    [one] You have one backup code left.
   *[other] You have { $left } backup codes left.
}
few-codes-new = Make new ones

## Profile
profile-title = Profile
profile-lead = Apps see only what you allow each of them. You may leave anything here empty.
profile-about = About you
profile-name = Full name
profile-given-name = First name
profile-family-name = Last name
profile-nickname = Nickname
profile-username = Username
profile-username-hint = You can sign in with it as well as with your email address.
profile-contact = Contact
profile-email-change = Change email address
profile-phone = Phone number
profile-phone-hint = With the country code, like +44 20 7946 0000.
profile-address = Address
profile-street = Street and house number
profile-postal-code = Postcode
profile-locality = City
profile-region = State or province
profile-country = Country
profile-region-and-language = Language and time zone
profile-locale = Language
profile-zone = Time zone
profile-zone-hint = A large city in it, like Berlin or New York, or a country that has only one, like India.
profile-zone-unknown = Enter a large city of your time zone, like Berlin or New York, or its name in the tz database, like Asia/Kolkata
profile-zone-nearest = We don’t know this time zone. Did you mean one of these? { $zones }
picture-title = Picture
picture-alt = Your picture
picture-none = No picture yet.
picture-elsewhere = Your picture is at { $host }, and apps are told where. We don’t show it here, so that { $host } doesn’t learn when you look.
picture-remove = Remove picture
picture-file = Choose a picture
picture-file-hint = PNG, JPEG or WebP, at most 1 MB. It is cut to a square.
picture-url = Or take it from an address
picture-url-hint = Begins with https://. We fetch it once and keep a copy.
picture-submit = Save picture
picture-missing = Choose a file, or enter an address
picture-address-refused = Enter a public address that begins with https://
picture-unreachable = We found no picture at that address. Check it, or choose a file.
picture-too-large = Choose a picture of at most 1 MB and 6000 pixels on each side
picture-not-an-image = Choose a PNG, JPEG or WebP picture
profile-none = Not set
profile-save = Save
profile-text-malformed = Use at most 200 characters on one line, and none that hide or turn text
profile-username-malformed = Choose a username of at most 64 characters, without @, without spaces at either end and without two spaces in a row
profile-username-taken = Somebody else has this username. Choose another one.
profile-phone-malformed = Enter a phone number with its country code, like +44 20 7946 0000
profile-choice-unknown = Choose one from the list
phone-title = Verify your phone number
phone-finish = Verify
phone-verified = Number verified
phone-unverified = Number not verified
phone-verify = Verify it

## Change the email address
change-email-title = Change your email address
change-email-lead = You sign in with { $email } now, and our emails go there.
change-email-new = New email address
change-email-hint = We’ll send a code to check it’s yours. The old address gets a note.
change-email-submit = Send a code
change-email-unchanged = That is your address already
change-email-sent = We sent a code to { $email }. Until you enter it here, your address stays as it is.
change-email-finish = Change address
email-return-title = Take your account back?
email-return-lead = { $email } becomes the address of the account again. Everyone is signed out, and the password no longer works.
email-return-factors-go = Second steps that were set up lately go too, with all backup codes.
email-return-factors-stay = All second steps stay, also those set up lately: none would be left otherwise, and whoever reads your emails could sign in alone.
email-return-submit = Take my account back
email-return-done-title = Your address is back
email-return-done-text = Everyone is signed out, and the old password no longer works. For a new one use the button below: we then send a link to your address.
email-return-done-text-ask = Everyone is signed out, and the old password no longer works. Ask the people who run this service for a new one.
email-return-factors-stayed = All second steps stay, also those set up lately. Once you’re signed in, remove under Security whatever isn’t yours. If you can use none of them, choose “I have none of these any more” when you sign in.
email-return-used-text = A link works once. If your address is not back, ask the people who run this service for help.
email-return-expired-text = It worked for 7 days. Ask the people who run this service for help.
email-return-taken-title = Another account has this address
email-return-taken-text = It can’t be given back by itself any more. Ask the people who run this service for help.
email-return-unknown-text = Open it again from the email, or copy the whole address into your browser.

factor-undo-title = Was this not you?
factor-undo-lead = Your account can now be confirmed with { $factor } that was set up lately. If you did not set that up, take it away. What it replaced works again, whatever was added after it goes too, everyone is signed out, and the password no longer works. Then you choose a new one.
factor-undo-submit = Take it away and sign everyone out
factor-undo-was-me = If it was you, just close this page. Nothing changes.
factor-undo-done-title = It is gone
factor-undo-done-text = Everyone is signed out, and the old password no longer works. If it had replaced another one, that one works again. For a new password use the button below: we then send a link to your address.
factor-undo-gone-title = There is nothing to take away
factor-undo-gone-text = It was removed before, or this link was used. If something still looks wrong, choose a new password.
factor-undo-expired-text = It worked for 7 days. If you still can’t get in, ask the people who run this service for help.
factor-undo-none-left-title = Your account would have no second step left
factor-undo-none-left-text = It had one before this was added, and that one is no longer there. So your second steps stay as they are. Everyone is signed out, and the password does not work any more. Ask the people who run this service for help: they can reset your second steps.
factor-undo-unknown-text = Open it again from the email, or copy the whole address. If it is complete, the address of the account was changed since (use the link in the email about that), or the people who run this service removed your second steps.

## Activity
activity-title = Activity
activity-lead = What happened in your account, the newest first.
activity-list = Recent
activity-none = Nothing to show yet.
activity-older = Older
activity-newest = Newest
activity-not-me = Not me
activity-not-me-hint = “Not me” signs everything else out and lets you choose a new password. On the line of a second step that was set up within the last 7 days it takes that away, too, with whatever was added after it; on the line of an app that was allowed it shuts that out.
activity-signed-in = Signed in
activity-proved = Confirmed that it was you
activity-sign-in-refused = Sign-in refused
activity-sign-in-begun = Sign-in begun: the first step was right
activity-factor-given = Second step given
activity-factor-refused = Second step refused
activity-factor-added = Second step set up
activity-factor-replaced = Second step replaced by a new one
activity-factor-restored = Second step taken back: the one before works again
activity-factor-removed = Second step removed
activity-browser-trusted = A browser is not asked for the second step for a while
activity-browsers-forgotten = Every browser is asked for the second step again
activity-link-sent = Everything else is signed out. We sent a link to { $email }: it takes away what was added, and you choose a new password.
activity-links-sent-before = Everything else is signed out. For now, no other link goes out to { $email }. Those in the mails you have still work: they take away what was added, and you choose a new password.
activity-for-operator = Everything else is signed out. What was added is still there: ask the people who run this service to remove your second steps, and choose a new password once they have.
activity-factor-added-lately = Everything else is signed out. A second step was set up for your account in the last 7 days. If that was not you either, choose “Not me” on its line below. If it was you, choose a new password now: whoever knows the old one could sign in again.
activity-address-changed-lately = Everything else is signed out. Read what is said below about the address before you choose a new password.
activity-moved = The address of this account was changed in the last 7 days. Before, it was { $earlier }. If that was not you, open the email that we sent there, and choose “Take my account back”: whoever reads the new address can choose a new password at any time.
activity-factor-is-mine = It was me: choose a new password
activity-updated = The people who run this service changed your details
activity-blocked = The people who run this service blocked your account
activity-unblocked = The people who run this service let you in again
activity-role-assigned = A role was given to you by the people who run this service
activity-role-removed = A role was taken back by the people who run this service
activity-permission-added = You were given a permission by the people who run this service
activity-permission-removed = A permission was taken back by the people who run this service
activity-factors-reset = Second steps removed by the people who run this service
activity-factors-returned = Second steps set up lately, and all backup codes, removed with the return to the old address
activity-factors-unverified = Second steps removed, since nobody had verified the address when they were set up
activity-signed-out = Signed out
activity-session-ended = Signed a device out
activity-signed-out-by-operator = Signed out by the people who run this service
activity-signed-out-elsewhere = Signed out everywhere else
activity-signed-up = Account created
activity-password-link = The people who run this service made a link to choose your password
activity-verification-link = The people who run this service made a link to verify your address
activity-access-removed-by-operator = The people who run this service took back what you allowed an app
activity-invited = Invitation sent by the people who run this service
activity-sign-up-again = Somebody tried to create an account with your address
activity-email-verified = Email address verified
activity-code-refused = Wrong code entered
activity-password-set = Password set by the people who run this service
activity-password-changed = Password changed
activity-new-password-required = A new password is asked for at the next sign-in
activity-new-password-waived = The password may stay: no new one is asked for
activity-recovery-requested = Asked for a way back without a second step
activity-recovery-link-requested = Asked for a link to the form for a way back
activity-recovery-approved = The removal of every second step was approved
activity-recovery-ended = The wish for a way back without a second step ended
activity-reset-requested = Asked for a link to choose a new password
activity-password-reset = New password chosen by a link
activity-email-change-requested = Asked to change the email address
activity-email-changed = Email address changed
activity-email-change-undone = Old email address taken back
activity-profile-updated = Profile changed
activity-phone-verified = Phone number verified
activity-consent-given = App allowed
activity-consent-refused = App not allowed
activity-access-removed = App’s access removed
activity-token-replayed = App signed out: somebody used its access twice
activity-disowned = Said that something was not you
activity-data-exported = Data downloaded
activity-deletion-requested = Asked to delete the account
activity-deletion-undone = Account kept after all

## Your data
data-title = Your data
data-lead = Take a copy with you, or leave.
data-export-title = Download a copy
data-export-hint = Your profile, devices, apps and activity in one JSON file. No passwords and no codes are in it.
data-export-submit = Download
data-delete-hint = Your profile, devices, apps and activity go for good.
delete-title = Delete your account
delete-lead = Everything ends at once: you’re signed out everywhere, and apps too. You can change your mind for { $days ->
    [one] 1 day
   *[other] { $days } days
 }. After that your data is deleted for good. What apps saved stays with them.
delete-confirm = To confirm, type { $email }
delete-confirm-hint = So that nobody deletes an account by accident.
delete-not-confirmed = Type the email address of the account as it stands here
delete-submit = Delete my account
delete-last-administrator = You’re the only administrator here, so your account has to stay for now.
delete-last-administrator-hint = Give another person the role admin first. Then come back here and delete your account.
delete-back = Back to your data
restore-title = This account will be deleted
restore-lead = It will be gone for good on { $time }. Until then you can keep it.
restore-submit = Keep my account
leaving-requested-title = Your account will be deleted
leaving-requested-text = You’re signed out everywhere. If you change your mind, use the link in the email we sent, or sign in.
leaving-requested-text-sign-in = You’re signed out everywhere. If you change your mind, sign in.
leaving-kept-title = Your account stays
leaving-kept-text = Sign in as before. Apps will ask you to sign in again.
leaving-over-title = This link does not work
leaving-over-text = It may be used already, or not complete: open it again from the email. Or just sign in: as long as the account is there, you can keep it then.
leaving-due = Gone for good:

## Change the password
change-password-title = Change your password
change-password-lead = Everywhere else you’ll be signed out, and apps will ask you to sign in again.
change-password-submit = Change password

## Devices
devices-title = Devices
devices-lead = Where you’re signed in.
devices-list = Signed in on
devices-this = This device
devices-last-seen = Last seen
devices-first-seen = Signed in
devices-others = Don’t recognise one?
devices-others-hint = Sign out everywhere but here. Apps will ask you to sign in again. If someone may know your password, change it too.
devices-others-submit = Sign out everywhere else
software-on = { $browser } on { $system }
software-unknown = Unknown browser

## Apps
apps-title = Apps
apps-lead = Apps you have allowed to use your account.
apps-list = With access
apps-none = None yet. When you allow an app, it is listed here.
apps-back = All apps
apps-last-used = Last used
apps-not-in-use = Not in use now
apps-may = What it can do
apps-own = It belongs to this service, so you were not asked.
apps-owner = Run by
apps-granted = Allowed
apps-used = Last used
apps-remove-title = Remove access
apps-remove-hint = { $app } is signed out at once and has to ask you again. What it saved before stays with it.
apps-remove-submit = Remove access

## How you sign in
save = Save
copied = Copied.
security-title = Security
security-lead = How you sign in, and what keeps other people out.
security-must-title = Set up a second step
security-must-text = { $app } asks you for a second step beside your password. It keeps other people out, even if they learn your password, and takes a minute or two. Choose one below, and then you go on where you were.
security-passkeys = Passkeys
security-passkeys-hint = Sign in with your fingerprint, face or screen lock. Nothing to remember, nothing to steal.
security-passkey-add = Add a passkey
security-key-add = Add a security key that is a second step only
security-key-second = Second step only.
security-manage = Manage
security-added = Added { $time }.
security-last-used = Last used { $time }.
security-password-hint = Use it nowhere else.
security-password-change = Change password
security-password-none = You have none yet.
security-password-choose = Choose a password
security-two-step = Second step
security-new-password-operator = The people who run this service ask you to choose a new password. Change it now, or at your next sign-in with it.
security-new-password-leaked = Your password is on lists of leaked passwords. Change it now, or at your next sign-in with it.
security-recovery-title = Someone asked for a way into your account
security-recovery-open = They say that they lost your second steps. The people who run this service have not decided yet. If it was not you, stop it now.
security-recovery-due = They say that they lost your second steps. All of them will be removed on { $time }. If it was not you, stop it now.
security-notice-stopped = It is stopped: your second steps stay as they are. Someone may read your email: change the password of your mailbox.
security-two-step-hint = Asked for after a password, unless you chose not to be asked in that browser.
security-totp-hint = Codes from an app, also without a network.
security-sms-hint = Weaker than an app: numbers can be stolen.
security-sms-to = To { $to }.
security-email-code = Email code
security-recent = Recent activity
security-recent-all = See all
security-email-to = To { $to }.
security-backup = Backup codes
security-backup-hint = For when you don’t have your phone.
security-backup-left = { $left ->
    [0] None left
   *[other] { $left } left
 }
security-backup-new = New codes
security-on = On
security-off = Off
security-replace = Replace it with a new one
security-set-up = Set up
security-browsers = { $count ->
    [one] 1 browser is not asked for your second step.
   *[other] { $count } browsers are not asked for your second step.
 }
security-browsers-forget = Ask everywhere again
security-phone-malformed = Enter the number with its country code, like +49 151 23456789
security-notice-added = Done. It counts from now on.
security-notice-removed = Removed.
security-notice-gone = That passkey is not there any more.
security-notice-renamed = Saved.
security-notice-browsers = Done. Every browser asks for your second step again.
security-notice-last = A second step is required here, and this is your only one. Set up another one first.
security-notice-many = You have as many passkeys as there can be. Remove one you do not use any more first.
security-notice-again = That took too long. Begin again.
security-notice-on = It is set up already, and counts.
security-notice-way-in = Without it you could not sign in any more: you have no password. Choose one by “Forgot your password?”, or add another passkey first.
security-notice-unverified = Verify your email address first.
set-up-totp-title = Set up your authenticator app
set-up-totp-lead = Scan this with an authenticator app on your phone.
set-up-totp-replaces = You have an authenticator app already. The new one takes its place once you type its code here. Until then the old one works.
set-up-totp-old-lost = My old app is lost, or somebody else may have it
set-up-old-lost-hint = Then it never works here again, even if “This was not me” takes the new one away.
set-up-totp-picture = QR code with the key for your app
set-up-totp-open = Open in an app on this device
set-up-totp-type = Type the key instead
set-up-totp-key = Key
set-up-totp-account = Account
set-up-totp-type-label = Type
set-up-totp-type-value = Time based, 6 digits, 30 seconds
set-up-totp-copy = Copy key
set-up-totp-code = Then type the 6-digit code it shows
set-up-turn-on = Turn on
set-up-sms-title = Codes by text message
set-up-sms-lead = We’ll send a code to your phone, now and when you sign in.
set-up-sms-replaces = You have a number already. The new one takes its place once you type the code sent to it. Until then the old one works.
set-up-sms-old-lost = My old number is lost, or somebody else may have it
set-up-sms-phone = Phone number
set-up-sms-phone-hint = With its country code, like +49 151 23456789.
set-up-sms-another = Use another number, or send the code again
set-up-email-title = Codes by email
backup-codes-left = { $left ->
    [0] You have no backup codes left.
    [one] You have 1 backup code left.
   *[other] You have { $left } backup codes left.
 }
backup-codes-renew-hint = New ones take the place of all the old ones.
backup-codes-lost = Your second step is on. If you did not save your backup codes, make new ones now: we can’t show the first ones again.
backup-codes-renew = Make new codes
new-codes-title = Save your backup codes
new-codes-lead = Each code works once, when you don’t have your phone. They won’t be shown again.
new-codes-about = For { $email } at { $host }. Made { $time }.
new-codes-file = backup-codes.txt
new-codes-download = Download
new-codes-print = Print
new-codes-copy = Copy
new-codes-saved = I have saved them
remove-factor-title = Remove this second step?
remove-factor-text = It will no longer be asked for.
remove-factor-last = It is your only second step. After that your password alone lets people in, and your backup codes no longer work.
new-passkey-title = Add a passkey
new-passkey-lead = Your browser will ask for your fingerprint, face, screen lock or security key.
new-security-key-title = Add a security key
new-security-key-lead = For a key that you plug in or hold to your device and that may not know you. It is asked for after your password, and never signs you in alone.
new-passkey-failed = No passkey was made. Try again, or use another device.
new-passkey-needs-script = Passkeys need JavaScript in this browser. Allow it for this page, or choose another second step.
passkey-title = Your passkey
passkey-name = Name
passkey-name-hint = So that you know it again.
passkey-provider = Kept by
passkey-added = Added
passkey-last-used = Last used
passkey-remove-title = Remove this passkey
login-passkey = Sign in with a passkey
login-passkey-script = Signing in with a passkey needs JavaScript.

## Developer inbox
inbox-title = Developer inbox
inbox-badge = Development
inbox-nav = Development
inbox-lead = Mails and SMS of this development server end up here and are sent nowhere.
inbox-mails = Messages
inbox-sms = SMS
inbox-reload = Reload
inbox-empty = No mail yet. Sign up, and the first one appears here.
inbox-to = To { $email }
inbox-found = In this message
inbox-code = Code
inbox-link = Link
inbox-text = Text

## Mails
mail-hello = Hello { $name },
mail-hello-nobody = Hello,
mail-or-copy = Or copy this address into your browser:
mail-sent-by = Sent by { $brand }, { $host }.
mail-never-asks = We never ask for your password or a code by email or phone.
mail-asked-from = Asked from { $place }, { $time }.
mail-by-operator = Done by the people who run { $brand }, { $time }.
mail-asked-at = Asked on { $time }.
mail-code-subject = { $code } is your { $brand } code
mail-verify-title = Check it’s you
mail-verify-reason = Someone, we hope you, is signing up or signing in at { $brand } with { $email }. Enter this code in the window where you began:
mail-code-until = The code works once, until { $time }.
mail-verify-or-link = You can also use this link:
mail-verify-button = Verify my email address
mail-verify-link-until = The link works until { $time }.
mail-verify-not-you = If it was not you, open the link and choose “This was not me”: then nobody gets in with it any more.
mail-registered-subject = You already have an account at { $brand }
mail-registered-title = You already have an account
mail-registered-reason = Someone, we hope you, tried to create an account at { $brand } with { $email }. You already have one, so nothing was changed.
mail-registered-button = Sign in
mail-registered-not-you = If it was not you, do nothing. Your account is safe, and nobody was told that you have one.
mail-reset-subject = Reset your { $brand } password
mail-reset-title = Choose a new password
mail-reset-reason = Someone, we hope you, asked to reset the password of your account at { $brand } ({ $email }).
mail-reset-button = Choose a new password
mail-reset-link-until = The link works once, until { $time }. A newer one takes its place.
mail-reset-not-you = If it was not you, do nothing: your password stays as it is.
mail-invitation-subject = Your account at { $brand }
mail-invitation-title = Your account is ready
mail-invitation-reason = An account at { $brand } was made for you ({ $email }). Choose a password, and it is yours.
mail-invitation-button = Choose a password
mail-invitation-not-you = If you expect no account here, this mail is probably not yours. Do nothing: without a password nobody can use it.
mail-changed-subject = Your { $brand } password was changed
mail-changed-title = Your password was changed
mail-changed-reason = The password of your account at { $brand } ({ $email }) was changed. Everywhere else you are signed out.
mail-changed-not-you = If it was not you, choose a new password at once. That signs out anyone who knows the present one:
mail-changed-button = Reset my password
mail-one-time-title = Your sign-in code
mail-one-time-reason = Someone, we hope you, is signing in to your account at { $brand } ({ $email }). Enter this code in the window where you began:
mail-one-time-not-you = If it was not you, give the code to nobody, and choose a new password soon: someone may know the one you have.
mail-proof-title = Your code
mail-proof-reason = Someone, we hope you, is signed in to your account at { $brand } ({ $email }) and has to show again that it’s you. Enter this code in the window where you began:
mail-set-up-title = Your code to set up codes by email
mail-set-up-reason = Someone, we hope you, is signed in to your account at { $brand } ({ $email }) and wants codes by email as a second step. Enter this code in the window where you began:
mail-signed-in-not-you = If it was not you, give the code to nobody, and choose a new password at once: someone is signed in to your account.
mail-new-address-title = Is this your address?
mail-new-address-reason = Someone, we hope you, wants to use { $email } for their account at { $brand }. Enter this code in the window where you began:
mail-new-address-not-you = If it was not you, do nothing: without the code the address is not used.
mail-secure-not-you = If it was not you, choose a new password at once. That signs out anyone who knows the present one:
mail-secure-button = Choose a new password
mail-change-asked-subject = Someone asked to change the address of your { $brand } account
mail-change-asked-title = A new email address was asked for
mail-change-asked-reason = Someone, we hope you, asked to change the address of your account at { $brand } from { $email } to { $new_email }. Until the new address is confirmed, yours stays.
mail-address-subject = The address of your { $brand } account was changed
mail-address-title = Your email address was changed
mail-address-reason = The address of your account at { $brand } was changed from { $email } to { $new_email }. From now on you sign in with the new one, and our emails go there.
mail-address-not-you = If it was not you, take your account back within 7 days. That signs everyone out, and you choose a new password:
mail-address-button = Take my account back
mail-taken-subject = Your { $brand } account has this address now
mail-taken-title = Your account has this address now
mail-taken-reason = The address of your account at { $brand } is { $email } now. You sign in with it, and our emails come here.
mail-replaced-not-you = If it was not you who asked for that, get in touch with the people who run { $brand }.
mail-returned-subject = Your { $brand } account has its earlier address again
mail-returned-title = Your account has its earlier address again
mail-returned-reason = The address of an account at { $brand } went from { $email } back to { $new_email }. It no longer opens with { $email }.
mail-returned-not-you = If it was not you and the account is yours, get in touch with the people who run { $brand }. If you did not use this account, there is nothing to do.
mail-factor-totp = an authenticator app
mail-factor-sms = codes by SMS
mail-factor-email = codes by email
mail-factor-webauthn = a passkey
mail-factor-backup = backup codes
mail-factor-other = a second step
mail-factor-added-subject = A way to sign in was added to your { $brand } account
mail-factor-added-title = A way to sign in was added
mail-factor-added-reason = Your account at { $brand } ({ $email }) can now be confirmed with { $factor }.
mail-factor-added-not-you = If it was not you, take it away within 7 days. That signs everyone out, and you choose a new password:
mail-factor-added-button = This was not me
mail-factor-undo-subject = Take away what was added to your { $brand } account
mail-factor-undo-title = Take it away with this mail
mail-factor-undo-reason = You said that it was not you who added { $factor } to your account at { $brand } ({ $email }).
mail-factor-replaced-subject = A way to sign in to your { $brand } account was replaced
mail-factor-replaced-title = A way to sign in was replaced
mail-factor-replaced-reason = Your account at { $brand } ({ $email }) is now confirmed with { $factor }, set up just now. What was there before no longer works.
mail-factor-restored-subject = What was set up in your { $brand } account was taken back
mail-factor-restored-title = What you had before works again
mail-factor-restored-reason = The latest way to confirm your account at { $brand } ({ $email }) with { $factor } is gone. The one that you had before works again.
mail-factor-removed-subject = A way to sign in was removed from your { $brand } account
mail-factor-removed-title = A way to sign in was removed
mail-factor-removed-reason = Your account at { $brand } ({ $email }) is no longer confirmed with { $factor }.
mail-factors-reset-subject = The second steps of your { $brand } account were removed
mail-factors-reset-title = Your second steps were removed
mail-factors-reset-reason = An administrator of { $brand } removed every second step from your account ({ $email }) on { $time }. The next time you sign in, set one up again.
mail-factors-reset-not-you = If it was not you who asked for this, choose a new password at once. That signs out anyone who knows the present one:
mail-factors-reset-password = The password that was last chosen by email no longer works. Until you set up a second step again, whoever reads your mailbox can get in: make sure that only you do. Choose a new password now, all the more if it was not you who asked for this:
mail-backup-subject = A backup code of your { $brand } account was used
mail-backup-title = A backup code was used
mail-backup-reason = Someone, we hope you, signed in to your account at { $brand } ({ $email }) with a backup code. That code no longer works.
mail-backup-left = { $left ->
    [0] You have no backup code left. Make new ones on the security page of your account.
    [one] You have one backup code left. Make new ones on the security page of your account soon.
   *[other] You have { $left } backup codes left.
}
mail-device-subject = New sign-in to your { $brand } account
mail-device-title = A sign-in from a new device
mail-device-reason = Your account at { $brand } ({ $email }) was used on a device we had not seen before: { $device }. If it was you, all is well.
mail-device-not-you = If it was not you, open your recent activity and choose “Not me”:
mail-device-button = See what happened
mail-reuse-subject = We ended the access of an app to your { $brand } account
mail-reuse-title = We ended the access of an app
mail-reuse-reason = { $app } has access to your account at { $brand } ({ $email }). The key it keeps for that was used twice, and may have been copied. We ended that access; sign in there again to go on.
mail-reuse-not-you = If it was not you who signed in to { $app }, remove its access for good:
mail-reuse-button = See my apps
mail-access-subject = A new app has access to your { $brand } account
mail-access-title = A new app has access
mail-access-reason = You let { $app } use your account at { $brand } ({ $email }).
mail-access-not-you = If it was not you, remove its access, then choose a new password:
mail-access-button = See my apps
mail-export-subject = Your { $brand } data was downloaded
mail-export-title = Your data was downloaded
mail-export-reason = A copy of your data at { $brand } ({ $email }) was downloaded.
mail-recovery-link-subject = A way back into your { $brand } account
mail-recovery-link-title = Tell us what happened
mail-recovery-link-reason = Someone, we hope you, can no longer use the second steps of your account at { $brand } ({ $email }) and asks for a way back.
mail-recovery-link-button = Say what happened
mail-recovery-link-until = The link works until { $time }.
mail-recovery-link-not-you = If it was not you, do nothing: your account stays as it is.
mail-recovery-approved-subject = The second steps of your { $brand } account will be removed
mail-recovery-approved-title = Your second steps will be removed
mail-recovery-approved-reason = Someone, we hope you, asked for a way back into your account at { $brand } ({ $email }), and the people who run the service approved. On { $time } every second step is removed, everyone is signed out, and we send you a link to a new password.
mail-recovery-approved-reason-earlier = Someone asked for a way back into an account at { $brand } that had this address before ({ $email }), and the people who run the service approved. On { $time } every second step is removed, everyone is signed out, and a link to a new password goes to the address that the account has now.
mail-recovery-approved-not-you = If it was not you, stop it before then. Open the page and confirm it there:
mail-recovery-approved-button = This was not me
mail-recovery-refused-subject = Your { $brand } account stays as it is
mail-recovery-refused-title = Your account stays as it is
mail-recovery-refused-reason = The people who run { $brand } did not approve the way back into your account ({ $email }). Your second steps stay.
mail-recovery-refused-next = If you need your account, get in touch with them another way. If it was not you, change the password of your mailbox: whoever asked reads your email.
mail-recovery-unanswered-subject = Nobody has decided about your { $brand } account
mail-recovery-unanswered-title = Nobody has decided yet
mail-recovery-unanswered-reason = You, or someone who reads your email, asked the people who run { $brand } for a way back into your account ({ $email }). They did not decide within 30 days, so that wish has ended. Your second steps stay.
mail-recovery-unanswered-next = If you still need your account, ask again on the sign-in page, and get in touch with them another way too. If it was not you, change the password of your mailbox: whoever asked reads your email.
mail-recovery-done-subject = The second steps of your { $brand } account were removed
mail-recovery-done-title = Choose a new password
mail-recovery-done-reason = As was approved, every second step of your account at { $brand } ({ $email }) was removed, and everyone is signed out.
mail-recovery-done-next = Then set up a second step again. If it was not you who asked, choose the new password at once, and change that of your mailbox.
mail-delete-subject = Your { $brand } account will be deleted
mail-delete-title = Your account will be deleted
mail-delete-subject-earlier = An account at { $brand } that had your address will be deleted
mail-delete-title-earlier = An account that had your address will be deleted
mail-delete-take-back = If someone else moved the account away from this address, that keeps it for them too. To have it back, use the link in our email about the change of address: it works for 7 days.
mail-delete-reason = Someone, we hope you, asked to delete your account at { $brand } ({ $email }). It is closed now, and will be deleted for good on { $time }.
mail-delete-reason-earlier = Someone asked to delete an account at { $brand } that had this address before ({ $email }). It is closed now, and will be deleted for good on { $time }.
mail-delete-not-you = If it was not you, or you have changed your mind, keep the account:
mail-delete-button = Keep my account
mail-kept-subject = Your { $brand } account stays
mail-kept-title = Your account stays
mail-kept-reason = Your account at { $brand } ({ $email }) will not be deleted. It is open again.
mail-gone-subject = Your { $brand } account was deleted
mail-gone-title = Your account was deleted
mail-gone-reason = Your account at { $brand } ({ $email }) and everything in it was deleted, as you asked. It cannot be brought back.
mail-gone-at = Deleted on { $time }.
mail-gone-not-you = If it was not you who asked for it, tell the people who run { $brand }.

## SMS: plain letters only, so that a message is one and not two
sms-code = { $code } is your { $brand } code. Don't share it.
