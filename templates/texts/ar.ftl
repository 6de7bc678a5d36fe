### نصوص صفحات تسجيل الدخول ورسائلها بالعربية. ما ليس هنا يظهر بالإنجليزية.
### [name]كلمات[/name] تصبح رابطًا، والصفحة تعطي عنوانه.
### الأرقام لاتينية في كل مكان، لأن الرموز تُكتب بها.

## كل صفحة
skip-to-main = الانتقال إلى المحتوى
title-error = خطأ: { $title }
errors-title = هناك مشكلة
error-before = خطأ:
foot-help = المساعدة
foot-privacy = الخصوصية
foot-terms = الشروط
cover-signing-in = تسجيل الدخول إلى
cover-signing-up = إنشاء حساب لاستخدام
cover-request = طلب من
cover-way-back = في طريق العودة إلى
cover-own-title = حسابك
cover-own-text = حساب واحد من { $brand } لكل تطبيقاتك.
continue = متابعة
cancel = إلغاء
remove = إزالة
reference = المرجع
time = الوقت
sign-out = تسجيل الخروج
start-again = البدء من جديد
try-again = المحاولة مرة أخرى
back-to-app = العودة إلى { $app }
not-you = لست أنت؟
too-many-tries = محاولات كثيرة. انتظر { $wait } ثم حاول مرة أخرى.
wait-minutes = { $count ->
    [zero] أقل من دقيقة
    [one] دقيقة واحدة
    [two] دقيقتين
    [few] { $count } دقائق
    [many] { $count } دقيقة
   *[other] { $count } دقيقة
 }
wait-hours = { $count ->
    [zero] أقل من ساعة
    [one] ساعة واحدة
    [two] ساعتين
    [few] { $count } ساعات
    [many] { $count } ساعة
   *[other] { $count } ساعة
 }
wait-days = { $count ->
    [zero] أقل من يوم
    [one] يومًا واحدًا
    [two] يومين
    [few] { $count } أيام
    [many] { $count } يومًا
   *[other] { $count } يوم
 }

## الأوقات بالدقيقة
moment = { $day } { $month } { $year }، { $time } ({ $zone })
month-january = يناير
month-february = فبراير
month-march = مارس
month-april = أبريل
month-may = مايو
month-june = يونيو
month-july = يوليو
month-august = أغسطس
month-september = سبتمبر
month-october = أكتوبر
month-november = نوفمبر
month-december = ديسمبر

## كلمات المرور
password-show = إظهار
password-hide = إخفاء
password-reveal-what = كلمة المرور
password-strength = قوة كلمة المرور
password-more-characters = يتبقى من الأحرف: #
password-guessable = سهلة التخمين: استخدم أحرفًا أكثر تنوعًا.
password-good = جيدة.
password-strong = قوية.
caps-lock = مفتاح الأحرف الكبيرة مفعّل.
password-missing = اختر كلمة مرور
password-too-short = يجب ألا يقل عدد الأحرف في كلمة المرور عن { $min }
password-too-long = يجب ألا يزيد عدد الأحرف في كلمة المرور على { $max }
password-is-personal = اختر كلمة مرور لا تحتوي على اسمك أو اسم المستخدم أو بريدك الإلكتروني
password-is-of-service = اختر كلمة مرور لا تحتوي على اسم هذه الخدمة
password-too-weak = اختر كلمة مرور يصعب تخمينها: أضف بضع كلمات عشوائية

## عناوين البريد الإلكتروني
email-missing = أدخل بريدك الإلكتروني
email-invalid = أدخل بريدًا إلكترونيًا مثل ⁦name@example.com⁩

## كلمة مرور منسية
forgot-title = هل نسيت كلمة المرور؟
forgot-lead = أخبرنا ببريدك الإلكتروني، وسنرسل إليك رابطًا لاختيار كلمة مرور جديدة.
forgot-without-mail = هذه الخدمة لا ترسل رسائل بريد. اطلب كلمة مرور جديدة من القائمين عليها.
forgot-submit = إرسال الرابط
forgot-remembered = هل تذكرتها؟
reset-sent-title = تحقق من بريدك
reset-sent-lead = إذا كان هناك حساب مرتبط بالعنوان { $email } فالرسالة في طريقها إليه. قد يستغرق ذلك دقيقة.
reset-sent-newest-lead = إذا كان هناك حساب لعنوان { $email } فقد أرسلنا إليه عدة روابط. استخدم أحدث رسالة: رابطها ما زال صالحًا.
reset-sent-hours = الرابط الذي فيها صالح لمدة { $hours ->
    [zero] أقل من ساعة
    [one] ساعة واحدة
    [two] ساعتين
    [few] { $hours } ساعات
    [many] { $hours } ساعة
   *[other] { $hours } ساعة
 }.
reset-sent-minutes = الرابط الذي فيها صالح لمدة { $minutes ->
    [zero] أقل من دقيقة
    [one] دقيقة واحدة
    [two] دقيقتين
    [few] { $minutes } دقائق
    [many] { $minutes } دقيقة
   *[other] { $minutes } دقيقة
 }.
reset-sent-nothing-hint = ابحث أيضًا في مجلد الرسائل غير المرغوب فيها. وإذا أنشأت حسابك بعنوان آخر فاستخدمه.
reset-send-again = إرسال مرة أخرى
reset-back-to-sign-in = العودة إلى تسجيل الدخول
reset-title = اختر كلمة مرور جديدة
reset-lead = سيتم تسجيل خروجك من كل مكان آخر.
reset-password = كلمة المرور الجديدة
reset-submit = حفظ وتسجيل الدخول
invitation-title = مرحبًا بك
invitation-lead = اختر كلمة مرور لحسابك في { $brand }.
renew-operator = يطلب منك القائمون على هذه الخدمة اختيار كلمة مرور جديدة. كلمة مرورك الحالية لم تعد تفتح حسابك.
renew-leaked = كلمة المرور التي استخدمتها موجودة في قوائم كلمات المرور المسرّبة، وقد يجرّبها غرباء. اختر كلمة جديدة للمتابعة.
renew-submit = حفظ ومتابعة
reset-new-link = إرسال رابط جديد
reset-used-title = سبق استخدام هذا الرابط
reset-used-text = كل رابط يعمل مرة واحدة. إذا كنت أنت من استخدمه فسجّل الدخول بكلمة المرور الجديدة، وإلا أو إذا نسيتها فاطلب رابطًا جديدًا.
reset-expired-title = انتهت صلاحية هذا الرابط
reset-expired-text = اطلب رابطًا جديدًا: لم تتغير كلمة مرورك.
reset-superseded-title = لم يعد هذا الرابط يعمل
reset-superseded-text = أُرسل رابط أحدث أو تغيرت كلمة مرورك أو عنوان بريدك بعده. استخدم أحدث رسالة أو اطلب رابطًا جديدًا.
reset-elsewhere-title = افتح هذا الرابط مرة أخرى
reset-elsewhere-text = لم يتغيّر شيء بعد. فُتح رابط آخر في هذا المتصفح بعد هذا أو أُزيلت ملفات تعريف الارتباط منه. افتح هذا الرابط مرة أخرى من رسالته، فهو ما زال صالحًا.
reset-unknown-title = هذا الرابط غير مكتمل
reset-unknown-text = افتحه مرة أخرى من الرسالة، أو انسخ العنوان كاملًا إلى متصفحك. ويمكنك أيضًا أن تطلب رابطًا جديدًا.

## تسجيل الدخول
login-title = تسجيل الدخول
login-lead = استخدم حسابك في { $brand }.
login-username = البريد الإلكتروني أو اسم المستخدم
recover-title = طريق العودة إلى حسابك
recover-lead = إذا لم يعد بإمكانك استخدام أي من خطواتك الثانية: نرسل إليك رابطًا، وتخبرنا بما حدث، ثم يقرر القائمون على هذه الخدمة.
recover-without-mail = إذا لم يعد بإمكانك استخدام أي من خطواتك الثانية: هذه الخدمة لا ترسل رسائل بريد، فتواصل مع القائمين عليها.
recover-contact = التواصل مع القائمين على هذه الخدمة
recover-sent-text = إذا كان هناك حساب مرتبط بالعنوان { $email } فالرسالة في طريقها إليه. الرابط الذي فيها صالح لمدة ساعة واحدة.
recover-reason-title = ماذا حدث؟
recover-reason-lead = لم يتغير شيء بعد. يقرأ القائمون على هذه الخدمة ما تكتبه، وقد يطلبون منك إثبات هويتك.
recover-reason-beside = سبق أن طلب شخص ما ذلك وكتب ما حدث. سيُقرأ ما تكتبه إلى جانب ما كُتب: إذا لم تكن أنت فاذكر ذلك.
recover-reason-label = بكلماتك
recover-reason-hint = عدد الحروف الأقصى: { $max }. لا تكتب كلمات مرور ولا رموزًا.
recover-reason-missing = اكتب ما حدث بإيجاز
recover-reason-too-long = عدد الحروف الأقصى: { $max }
recover-reason-submit = طلب طريق العودة
recover-recorded-title = سينظر القائمون على هذه الخدمة في طلبك
recover-recorded-text = ستصلك رسالة عندما يقررون. وإذا وجدت إحدى خطواتك الثانية قبل ذلك فسجّل الدخول بها وأوقف هذا الطلب من هناك.
recover-waiting-title = سبق تقديم هذا الطلب
recover-waiting-text = يقرر القائمون على هذه الخدمة بشأنه أو قرروا بالفعل: ابحث عن رسالتهم. وإذا وجدت إحدى خطواتك الثانية فسجّل الدخول بها وأوقف هذا الطلب من هناك.
recover-ended-title = انتهى هذا الطلب
recover-ended-text = تم البت فيه أو إيقافه أو تنفيذه. إذا كنت لا تزال غير قادر على الدخول فاطلب رابطًا جديدًا.
recover-unneeded-title = تحتاج إلى كلمة مرور فقط
recover-unneeded-text = حسابك لا يطلب خطوة ثانية. إذا نسيت كلمة المرور فاختر كلمة جديدة.
recover-over-text = اطلب رابطًا جديدًا. لم يتغير حسابك.
recover-stop-title = ألست أنت من طلب ذلك؟
recover-stop-lead = طلب شخص ما إزالة الخطوات الثانية من هذا الحساب. إذا لم تكن أنت فأوقف ذلك، ويبقى كل شيء كما هو.
recover-stop-submit = لم أكن أنا
recover-stopped-title = تم إيقافه
recover-stopped-text = تبقى خطواتك الثانية كما هي. من طلب ذلك يقرأ بريدك: غيّر كلمة مرور بريدك، واختر هنا كلمة جديدة.
recover-late-title = لم يعد هناك ما يمكن إيقافه
recover-late-text = سبق إيقافه أو رفضه أو تنفيذه. إذا لم تكن متأكدًا من أن حسابك لك وحدك فاختر كلمة مرور جديدة.
recover-not-stopped-title = لم يُوقَف شيء بعد
recover-not-stopped-text = هذا الرابط غير كامل، أو بقيت صفحته مفتوحة وقتًا طويلًا. افتحه مرة أخرى من الرسالة، أو انسخ العنوان كاملًا. وإن استطعت فسجّل الدخول وأوقف ذلك من هناك.
login-password = كلمة المرور
login-forgot = هل نسيت كلمة المرور؟
login-remember = إبقائي مسجّل الدخول على هذا الجهاز
login-submit = تسجيل الدخول
login-new-here = جديد هنا؟
login-sign-up = إنشاء حساب
login-incomplete = أدخل بريدك الإلكتروني أو اسم المستخدم، وكلمة المرور.
login-no-password = أدخل كلمة المرور.
login-wrong-credentials = البريد الإلكتروني أو كلمة المرور غير صحيحة. تحقق منهما ثم حاول مرة أخرى.
login-wrong-credentials-reset = البريد الإلكتروني أو كلمة المرور غير صحيحة. تحقق منهما ثم حاول مرة أخرى. ويمكنك أيضًا اختيار كلمة مرور جديدة: فبعد كلمات خاطئة كثيرة على التوالي لا ينفع غير ذلك.
login-wrong-credentials-reset-passkey = البريد الإلكتروني أو كلمة المرور غير صحيحة. تحقق منهما ثم حاول مرة أخرى. ويمكنك أيضًا اختيار كلمة مرور جديدة: فبعد كلمات خاطئة كثيرة على التوالي لا ينفع غير ذلك أو مفتاح المرور.
login-wrong-credentials-day = البريد الإلكتروني أو كلمة المرور غير صحيحة. تحقق منهما ثم حاول مرة أخرى. بعد كلمات خاطئة كثيرة على التوالي لا تعود الكلمة الصحيحة مقبولة إلا بعد يوم.
login-wrong-credentials-day-passkey = البريد الإلكتروني أو كلمة المرور غير صحيحة. تحقق منهما ثم حاول مرة أخرى. بعد كلمات خاطئة كثيرة على التوالي لا تعود الكلمة الصحيحة مقبولة إلا بعد يوم، أما مفتاح المرور فمقبول فورًا.
login-unverified-hint = أنشأت حسابك للتو؟ افتح أولًا الرابط الذي في رسالتنا. وإذا لم تجد الرسالة فأنشئ الحساب مرة أخرى.
login-throttled-reset = محاولات كثيرة. انتظر { $wait } أو اختر كلمة مرور جديدة.
login-notice-account-ready = حسابك جاهز. يمكنك تسجيل الدخول الآن.
login-notice-email-verified = شكرًا لك، تم تأكيد بريدك الإلكتروني. يمكنك تسجيل الدخول الآن.
login-reauth-title = أكّد أنك أنت
login-reauth-app-asks = يطلب منك { $app } تسجيل الدخول مرة أخرى.
login-reauth-too-long-ago = مضى بعض الوقت على آخر تسجيل دخول، لذلك يطلب منك { $app } تسجيل الدخول مرة أخرى.
login-reauth-submit = تأكيد أنني أنا

## قبل أمر مهم في الحساب
proof-again = لم يتغيّر شيء بعد: مضى وقت طويل على آخر تأكيد. أكّد أنه أنت، ثم أعد الخطوة في الصفحة التالية.
proof-to-change-password = لتغيير كلمة مرورك، أكّد أنك أنت.
proof-to-change-email = لتغيير بريدك الإلكتروني، أكّد أنك أنت.
proof-to-export = لتنزيل بياناتك، أكّد أنك أنت.
proof-to-delete = لحذف حسابك، أكّد أنك أنت.
proof-wrong-password = كلمة المرور غير صحيحة. حاول مرة أخرى.

## اختيار حساب
accounts-title = اختر حسابًا
accounts-lead = أي حساب تريد استخدامه مع { $app }؟
accounts-signed-out = تم تسجيل الخروج
accounts-another = استخدام حساب آخر
accounts-remove = إزالة حساب من هذا الجهاز
accounts-remove-hint = الحساب نفسه باقٍ، لكنه لن يظهر في هذه القائمة.

## إنشاء حساب
signup-title = إنشاء حساب
signup-lead = ستستخدمه أينما رأيت { $brand }.
signup-lead-app = ستستخدمه مع { $app }.
signup-name = اسمك
signup-name-hint = كما تحب أن نخاطبك.
signup-name-missing = أدخل اسمك
signup-name-too-long = أدخل اسمًا أقصر
signup-name-malformed = أدخل اسمك في سطر واحد، من دون محارف تخفي النص أو تعكسه
signup-email = البريد الإلكتروني
signup-email-hint = سنرسل رمزًا لنتأكد من أنه لك.
signup-password = اختر كلمة مرور
signup-password-hint = { $min ->
    [zero] حرف واحد
    [one] حرف واحد
    [two] حرفان
    [few] { $min } أحرف
    [many] { $min } حرفًا
   *[other] { $min } حرف
 } على الأقل. بضع كلمات عشوائية اختيار جيد، وكذلك برنامج إدارة كلمات المرور.
signup-submit = إنشاء الحساب
signup-agreement = بإنشاء حساب فإنك توافق على [terms]الشروط[/terms]. ويوضح [privacy]إشعار الخصوصية[/privacy] ما نحتفظ به وسببه.
signup-agreement-terms = بإنشاء حساب فإنك توافق على [terms]الشروط[/terms].
signup-agreement-privacy = يوضح [privacy]إشعار الخصوصية[/privacy] ما نحتفظ به وسببه.
signup-have-account = هل لديك حساب؟

## تحقق من بريدك
check-email-title = تحقق من بريدك
check-email-lead = أرسلنا رمزًا إلى { $email }. أدخله هنا، أو افتح الرابط الذي في الرسالة.
check-email-code = رمز من 6 أرقام
check-email-code-hint = الرمز صالح لمدة { $minutes ->
    [zero] أقل من دقيقة
    [one] دقيقة واحدة
    [two] دقيقتين
    [few] { $minutes } دقائق
    [many] { $minutes } دقيقة
   *[other] { $minutes } دقيقة
 }.
check-email-link-hint = الرابط الذي في الرسالة صالح لمدة { $hours ->
    [zero] أقل من ساعة
    [one] ساعة واحدة
    [two] ساعتين
    [few] { $hours } ساعات
    [many] { $hours } ساعة
   *[other] { $hours } ساعة
 }. إذا فتحته في متصفح آخر فعُد إلى هنا وأعد تحميل الصفحة.
check-email-nothing = لم يصل شيء؟
check-email-nothing-hint = قد يستغرق ذلك دقيقة. ابحث أيضًا في مجلد الرسائل غير المرغوب فيها.
check-email-resend = إرسال رمز جديد
check-email-change = استخدام عنوان آخر
check-email-new-address = بريدك الإلكتروني
check-email-change-submit = إرسال رمز إلى هذا العنوان
check-email-new-code = أرسلنا رمزًا جديدًا. لم يعد الرمز القديم يعمل.
check-email-address-changed = تغيّر العنوان. أرسلنا رمزًا إلى العنوان الجديد.
verify-later-title = لا يمكننا إرسال رسالة أخرى الآن
verify-later-text = أرسلنا أقصى عدد مسموح من الرسائل في الوقت الحالي. انتظر { $wait } للحصول على رسالة أخرى.
verify-later-link = إذا وجدت رسالة أرسلناها من قبل فافتح الرابط الذي فيها: ما زال صالحًا.
verify-later-reset = يصلك رابط كلمة المرور الجديدة في رسالة مستقلة، ويثبت أيضًا أن العنوان لك.
verify-later-another = إذا كان العنوان مكتوبًا خطأً فأنشئ الحساب من جديد بالعنوان الصحيح.
verify-later-account = العودة إلى حسابك
code-missing = أدخل الرمز الذي في الرسالة
code-wrong = الرمز غير صحيح. تحقق من الرسالة ثم حاول مرة أخرى.
code-expired = انتهت صلاحية الرمز. اطلب رمزًا جديدًا أدناه.
code-used = سبق استخدام هذا الرمز. اطلب رمزًا جديدًا أدناه.
code-superseded = أُرسل رمز أحدث. أدخل الرمز الذي في آخر رسالة.
code-no-more-mails = أرسلنا أكبر عدد ممكن من الرسائل لهذا الطلب. ابحث عن الرسائل التي وصلتك: الرابط في آخرها ما زال صالحًا.
code-too-many-tries = أُدخلت رموز خاطئة كثيرة، لذلك لم يعد هذا الرمز يعمل. اطلب رمزًا جديدًا أدناه.

## الرابط الذي في الرسالة
verify-link-title = هل هذا بريدك الإلكتروني؟
verify-link-lead = يقوم شخص ما، نرجو أن يكون أنت، بإنشاء حساب أو بتسجيل الدخول به في { $brand }.
verify-link-confirm = نعم، إنه لي
verify-link-other = هل كان شخصًا آخر؟
verify-link-other-hint = عندها لن يدخل به أحد بعد الآن. والحساب الذي أُنشئ للتو يُزال مع بياناته.
verify-link-not-me = لم أكن أنا
verify-done-title = شكرًا لك، تم ذلك
verify-done-text = تم تأكيد { $email }. عُد إلى النافذة التي بدأت فيها وأعد تحميلها، أو أدخل الرمز هناك. يمكنك إغلاق هذه النافذة.
verify-alone-text = تم تأكيد { $email }. يمكنك إغلاق هذه الصفحة أو تسجيل الدخول الآن.
verify-used-title = سبق استخدام هذا الرابط
verify-used-text = سبق تأكيد بريدك الإلكتروني، ولم يبقَ ما تفعله. ما عليك إلا تسجيل الدخول.
verify-before-title = سبق تأكيد هذا العنوان
verify-before-text = الحساب قيد الاستخدام بالفعل، وقد يكون من أنشأه داخله. إذا لم تكن أنت فخذه: اختر كلمة مرور جديدة، فهي تسجّل خروج الجميع.
verify-expired-title = انتهت صلاحية هذا الرابط
verify-expired-text = الروابط صالحة لوقت محدود.
verify-superseded-title = هناك رابط أحدث
verify-superseded-text = أرسلنا رسالة أخرى بعد هذه. افتح الرابط الذي في أحدث رسالة.
verify-unknown-title = هذا الرابط لا يعمل
verify-unknown-text = ربما صار قديمًا أو قُطع جزء منه: انسخ العنوان كاملًا من الرسالة. وإذا كنت قد أخبرتنا أنك لم تطلبه، فلم يبقَ ما عليك فعله.
verify-begun-again-title = هذه النافذة لم تعد حديثة
verify-begun-again-text = منذ أن فتحتها، أُنشئ الحساب من جديد بهذا العنوان، أو اختيرت كلمة مرور عبر البريد. إذا أنشأته أنت من جديد فتابع في النافذة الأحدث بالرمز الذي في آخر رسالة. وإذا اخترت كلمة مرور فسجّل الدخول.
verify-window-gone = ألم تعد تجد تلك النافذة؟
verify-begin-again = هل أنشأت الحساب بنفسك؟ أنشئه من جديد بالعنوان نفسه وسنرسل إليك رسالة جديدة. وإذا أنشأه أحد لك فسجّل الدخول بدلًا من ذلك.
verify-begin-again-do = أنشئ الحساب من جديد
verify-sign-in-again = سجّل الدخول وسنرسل إليك رسالة جديدة.
verify-sign-in-again-do = سجّل الدخول للحصول على رسالة جديدة
verify-removed-title = شكرًا لإخبارنا
verify-removed-text = لم يعد بإمكان من استخدم عنوانك هنا الدخول به، ولا يلزمك فعل أي شيء آخر.

## السماح لتطبيق
consent-title = السماح لـ { $app }؟
consent-heading = هل تسمح لـ { $app } باستخدام حسابك؟
consent-switch = تبديل الحساب
consent-asked = سيستطيع التطبيق
consent-granted = يستطيع التطبيق الآن
consent-never = لن يرى كلمة مرورك ولا تطبيقاتك الأخرى.
consent-deny = عدم السماح
consent-allow = السماح
consent-way-back = في الحالتين ستعود إلى { $host }.
consent-way-back-owner = في الحالتين ستعود إلى { $host } الذي يديره { $owner }.
consent-documents = اقرأ [policy]سياسة الخصوصية[/policy] و[terms]الشروط[/terms] الخاصة بـ { $app }.
consent-policy = اقرأ [policy]سياسة الخصوصية[/policy] الخاصة بـ { $app }.
consent-terms = اقرأ [terms]الشروط[/terms] الخاصة بـ { $app }.
scope-openid = معرفة أنك أنت
scope-openid-detail = برقم حساب لا يقول عنك شيئًا آخر.
scope-profile = رؤية ملفك الشخصي
scope-profile-picture = صورتك
scope-email = رؤية بريدك الإلكتروني
scope-email-verified = مؤكَّد: { $email }
scope-email-unverified = غير مؤكَّد: { $email }
scope-phone = رؤية رقم هاتفك
scope-address = رؤية عنوانك البريدي
scope-offline = الاحتفاظ بهذا الوصول حتى عندما لا تستخدمه
scope-offline-detail = إلى أن تزيله.
scope-api-alone = استخدام { $api } باسمك
scope-api = { $api }
scope-api-changes = يمكن به تغيير أشياء أو حذفها: { $api }

## العودة إلى التطبيق
hand-back-title = نعيدك إلى { $app }
hand-back-signed-in = تم تسجيل دخولك.
hand-back-not-allowed = لم تتم مشاركة أي شيء.
hand-back-signed-out = تم تسجيل خروجك.
hand-back-lead = إذا لم يحدث شيء فاستخدم الزر.
hand-back-continue = المتابعة إلى { $app }

## تسجيل الخروج
logout-title = تسجيل الخروج من { $brand }؟
logout-apps = { $apps ->
    [zero] لن يؤثر هذا في أي تطبيق.
    [one] بهذا يتم أيضًا تسجيل خروجك من تطبيق واحد.
    [two] بهذا يتم أيضًا تسجيل خروجك من تطبيقين.
    [few] بهذا يتم أيضًا تسجيل خروجك من { $apps } تطبيقات.
    [many] بهذا يتم أيضًا تسجيل خروجك من { $apps } تطبيقًا.
   *[other] بهذا يتم أيضًا تسجيل خروجك من { $apps } تطبيق.
 }
logout-stay = البقاء مسجّل الدخول
logged-out-title = تم تسجيل خروجك
logged-out-lead = على جهاز مشترك، أغلق المتصفح أيضًا.
logged-out-again = تسجيل الدخول مرة أخرى

## طلب لا يمكن الرد عليه
oauth-error-title = لا يمكن بدء تسجيل الدخول هذا
oauth-error-lead = أرسل التطبيق طلبًا لا يمكننا قبوله. حسابك بخير ولم تتم مشاركة أي شيء. عُد إلى التطبيق وحاول مرة أخرى، أو أخبر القائمين عليه.
oauth-error-lead-app = أرسل { $app } طلبًا لا يمكننا قبوله. حسابك بخير ولم تتم مشاركة أي شيء. عُد إلى التطبيق وحاول مرة أخرى، أو أخبر القائمين عليه.
oauth-error-developers = إذا كنت تطوّر هذا التطبيق
oauth-error-code = الخطأ
oauth-error-parameter = المُعامل
oauth-error-received = القيمة المستلمة
oauth-error-client = العميل
oauth-error-fix = لإصلاحه
oauth-error-docs = اقرأ ما تقوله المواصفة
oauth-error-unknown-client = لا يوجد تطبيق بمعرّف العميل هذا.
oauth-error-unknown-client-fix = انسخ معرّف العميل من إعدادات التطبيق، وتأكد أيضًا من أن هذا هو الخادم الصحيح.
oauth-error-redirect-uri-missing = لا يذكر الطلب إلى أين يُرسل الرد.
oauth-error-redirect-uri-missing-fix = أرسل ⁦redirect_uri⁩ مع أحد عناوين الرد المسجّلة للتطبيق.
oauth-error-redirect-uri-mismatch = العنوان المطلوب إرسال الرد إليه ليس من عناوين الرد المسجّلة لهذا التطبيق. يجب أن يتطابق العنوانان تمامًا: البروتوكول والمضيف والمنفذ والمسار والشرطة المائلة الأخيرة.
oauth-error-redirect-uri-mismatch-fix = أرسل عنوانًا مسجّلًا، أو اطلب إضافة هذا العنوان إلى عناوين الرد الخاصة بالتطبيق.
oauth-error-repeated-parameter = أحد المُعاملات مكرر في الطلب.
oauth-error-repeated-parameter-fix = أرسل كل مُعامل مرة واحدة.
oauth-error-invalid-parameter = أحد المُعاملات ناقص، أو لا يمكن قراءة قيمته.
oauth-error-invalid-parameter-fix = أرسل المُعامل المذكور أعلاه بقيمة صالحة.

## عندما لا يمكن عرض صفحة
form-expired-title = ظلت هذه الصفحة مفتوحة مدة طويلة
form-expired-lead = لسلامتك لا يعمل النموذج إلا مدة محدودة. لم يتغير شيء.
form-expired-kept = ما كتبته ما زال هنا، ما عدا كلمات المرور والرموز والملفات. راجعه وأرسله مرة أخرى.
already-title = لقد سجّلت الدخول من قبل
already-lead = أنهيت هذا من قبل، هنا أو في نافذة أخرى، باسم { $email }.
cookies-title = متصفحك لا يحتفظ بملفات تعريف الارتباط
cookies-lead = من دون ملفات تعريف الارتباط من { $host } لا يمكننا أن نعرف أنك أنت من صفحة إلى أخرى. اسمح بها في إعدادات متصفحك ثم حاول مرة أخرى.
status-next = متابعة
status-reference = إذا تكرر ذلك فأخبر القائمين على هذه الخدمة واذكر لهم المرجع { $reference }
status-forbidden-title = لا يمكنك فتح هذه الصفحة
status-forbidden-text = ليس لحسابك وصول إليها. إذا كنت ترى أنه ينبغي أن يكون له ذلك فاسأل القائمين على هذه الخدمة.
status-not-found-title = الصفحة غير موجودة
status-not-found-text = تحقق من العنوان، أو عُد إلى التطبيق الذي أتيت منه.
status-method-title = لا يمكن فتح هذه الصفحة بهذه الطريقة
status-method-text = افتحها من البداية، من دون إرسال نموذج.
status-too-large-title = كان ذلك كثيرًا دفعة واحدة
status-too-large-text = ما أرسلته كبير جدًا. اختصره ثم حاول مرة أخرى.
status-too-many-title = تمهّل قليلًا
status-too-many-moment = محاولات كثيرة. انتظر دقيقة ثم حاول مرة أخرى.
status-fault-title = حدث خطأ ما
status-fault-text = الخطأ منا لا منك، وحسابك بخير. حاول مرة أخرى بعد لحظات.
status-unavailable-title = سنعود حالًا
status-unavailable-text = لا يمكننا الرد الآن. انتظر دقيقة ثم حاول مرة أخرى.

## الرسائل
mail-hello = مرحبًا { $name }،
mail-hello-nobody = مرحبًا،
mail-or-copy = أو انسخ هذا العنوان إلى متصفحك:
mail-sent-by = أرسلها { $brand }، { $host }.
mail-never-asks = لا نطلب منك أبدًا كلمة مرورك أو رمزًا عبر البريد الإلكتروني أو الهاتف.
mail-asked-from = جاء الطلب من { $place }، { $time }.
mail-by-operator = بإجراء من القائمين على { $brand }، { $time }.
mail-asked-at = وقت الطلب: { $time }.
mail-code-subject = { $code } هو رمزك في { $brand }
mail-verify-title = تأكد من أنه أنت
mail-verify-reason = يقوم شخص ما، نرجو أن يكون أنت، بإنشاء حساب أو بتسجيل الدخول في { $brand } بالعنوان { $email }. أدخل هذا الرمز في النافذة التي بدأت فيها:
mail-code-until = يعمل الرمز مرة واحدة، حتى { $time }.
mail-verify-or-link = ويمكنك أيضًا استخدام هذا الرابط:
mail-verify-button = تأكيد بريدي الإلكتروني
mail-verify-link-until = الرابط صالح حتى { $time }.
mail-verify-not-you = إذا لم تكن أنت فافتح الرابط واختر «لم أكن أنا»: عندها لن يدخل به أحد بعد الآن.
mail-registered-subject = لديك حساب في { $brand }
mail-registered-title = لديك حساب من قبل
mail-registered-reason = حاول شخص ما، نرجو أن يكون أنت، إنشاء حساب في { $brand } بالعنوان { $email }. لديك حساب من قبل، لذلك لم يتغير شيء.
mail-registered-button = تسجيل الدخول
mail-registered-not-you = إذا لم تكن أنت فلا تفعل شيئًا. حسابك آمن، ولم يُخبَر أحد بأن لديك حسابًا.
mail-reset-subject = كلمة مرور جديدة في { $brand }
mail-reset-title = اختر كلمة مرور جديدة
mail-reset-reason = طلب شخص ما، نرجو أن يكون أنت، كلمة مرور جديدة لحسابك في { $brand } ({ $email }).
mail-reset-button = اختيار كلمة مرور جديدة
mail-reset-link-until = يعمل الرابط مرة واحدة، حتى { $time }. وأي رابط أحدث يحل محله.
mail-reset-not-you = إذا لم تكن أنت فلا تفعل شيئًا: تبقى كلمة مرورك كما هي.
mail-invitation-subject = حسابك في { $brand }
mail-invitation-title = حسابك جاهز
mail-invitation-reason = أُنشئ لك حساب في { $brand } ({ $email }). اختر كلمة مرور ليصبح لك.
mail-invitation-button = اختيار كلمة مرور
mail-invitation-not-you = إذا لم تكن تنتظر حسابًا هنا فربما لم تكن هذه الرسالة لك. لا تفعل شيئًا: لا يستطيع أحد استخدامه بلا كلمة مرور.
mail-changed-subject = تغيّرت كلمة مرورك في { $brand }
mail-changed-title = تغيّرت كلمة مرورك
mail-changed-reason = تغيّرت كلمة مرور حسابك في { $brand } ({ $email }). تم تسجيل خروجك من كل مكان آخر.
mail-changed-not-you = إذا لم تكن أنت فاختر كلمة مرور جديدة فورًا. بهذا يخرج كل من لديه الكلمة الحالية:
mail-changed-button = اختيار كلمة مرور جديدة
mail-one-time-title = رمز تسجيل الدخول
mail-one-time-reason = يسجّل شخص ما، نرجو أن يكون أنت، الدخول إلى حسابك في { $brand } ({ $email }). أدخل هذا الرمز في النافذة التي بدأت فيها:
mail-one-time-not-you = إذا لم تكن أنت فلا تعطِ الرمز لأحد، واختر كلمة مرور جديدة قريبًا: ربما يعرف أحد الكلمة الحالية.
mail-proof-title = رمزك
mail-proof-reason = شخص ما، نرجو أن يكون أنت، مسجّل الدخول إلى حسابك في { $brand } ({ $email }) وعليه أن يثبت مرة أخرى أنه أنت. أدخل هذا الرمز في النافذة التي بدأت فيها:
mail-set-up-title = رمزك لإعداد الرموز عبر البريد الإلكتروني
mail-set-up-reason = شخص ما، نرجو أن يكون أنت، مسجّل الدخول إلى حسابك في { $brand } ({ $email }) ويريد الرموز عبر البريد الإلكتروني خطوة ثانية. أدخل هذا الرمز في النافذة التي بدأت فيها:
mail-signed-in-not-you = إذا لم تكن أنت فلا تعطِ الرمز لأحد، واختر كلمة مرور جديدة فورًا: شخص ما مسجّل الدخول إلى حسابك.
mail-new-address-title = هل هذا عنوانك؟
mail-new-address-reason = يريد شخص ما، نرجو أن يكون أنت، استخدام { $email } لحسابه في { $brand }. أدخل هذا الرمز في النافذة التي بدأت فيها:
mail-new-address-not-you = إذا لم تكن أنت فلا تفعل شيئًا: من دون الرمز لن يُستخدم العنوان.
mail-secure-not-you = إذا لم تكن أنت فاختر كلمة مرور جديدة فورًا. بهذا يخرج كل من لديه الكلمة الحالية:
mail-secure-button = اختيار كلمة مرور جديدة
mail-change-asked-subject = طلب شخص ما تغيير عنوان حسابك في { $brand }
mail-change-asked-title = طُلب بريد إلكتروني جديد
mail-change-asked-reason = طلب شخص ما، نرجو أن يكون أنت، تغيير عنوان حسابك في { $brand } من { $email } إلى { $new_email }. يبقى عنوانك كما هو إلى أن يُؤكَّد العنوان الجديد.
mail-address-subject = تغيّر عنوان حسابك في { $brand }
mail-address-title = تغيّر بريدك الإلكتروني
mail-address-reason = تغيّر عنوان حسابك في { $brand } من { $email } إلى { $new_email }. من الآن تسجّل الدخول بالعنوان الجديد، وإليه تذهب الرسائل.
mail-address-not-you = إذا لم تكن أنت فاستعد حسابك خلال 7 أيام. بهذا يتم تسجيل خروج الجميع، وتختار كلمة مرور جديدة:
mail-address-button = استعادة حسابي
mail-taken-subject = صار لحسابك في { $brand } هذا البريد
mail-taken-title = صار لحسابك هذا البريد
mail-taken-reason = صار البريد الإلكتروني لحسابك في { $brand } هو { $email }. من الآن تسجّل الدخول به، وتصل رسائلنا إليه.
mail-replaced-not-you = إذا لم تطلب ذلك فتواصل مع القائمين على { $brand }.
mail-returned-subject = عاد حسابك في { $brand } إلى عنوانه السابق
mail-returned-title = عاد حسابك إلى عنوانه السابق
mail-returned-reason = عاد عنوان حساب في { $brand } من { $email } إلى { $new_email }. لم يعد الحساب يُفتح بالعنوان { $email }.
mail-returned-not-you = إذا لم تكن أنت وكان الحساب لك فتواصل مع القائمين على { $brand }. وإذا لم تستخدم هذا الحساب فليس عليك فعل شيء.
mail-factor-totp = تطبيق مصادقة
mail-factor-sms = رموز عبر الرسائل القصيرة
mail-factor-email = رموز عبر البريد الإلكتروني
mail-factor-webauthn = مفتاح مرور
mail-factor-backup = رموز احتياطية
mail-factor-other = خطوة ثانية
mail-factor-added-subject = أُضيفت طريقة لتسجيل الدخول إلى حسابك في { $brand }
mail-factor-added-title = أُضيفت طريقة لتسجيل الدخول
mail-factor-added-reason = يمكن الآن تأكيد حسابك في { $brand } ({ $email }) بهذه الطريقة: { $factor }.
mail-factor-added-not-you = إذا لم تكن أنت فأزلها خلال 7 أيام. بهذا يتم تسجيل خروج الجميع، وتختار كلمة مرور جديدة:
mail-factor-added-button = لم يكن هذا أنا
mail-factor-undo-subject = أزل ما أُضيف إلى حسابك في { $brand }
mail-factor-undo-title = أزله بهذه الرسالة
mail-factor-undo-reason = قلت إنك لست من أضاف هذه الطريقة إلى حسابك في { $brand } ({ $email }): { $factor }.
mail-factor-replaced-subject = استُبدلت طريقة لتسجيل الدخول إلى حسابك في { $brand }
mail-factor-replaced-title = استُبدلت طريقة لتسجيل الدخول
mail-factor-replaced-reason = يُؤكَّد حسابك في { $brand } ({ $email }) من الآن بوسيلة أخرى من هذا النوع: { $factor }. لم تعد القديمة تعمل.
mail-factor-restored-subject = أُلغي ما أُعدّ في حسابك في { $brand }
mail-factor-restored-title = عاد ما كان لديك من قبل ساريًا
mail-factor-restored-reason = أُزيلت آخر طريقة أُعدّت لتأكيد حسابك في { $brand } ({ $email }) وهي: { $factor }. عادت الطريقة التي كانت لديك من قبل سارية.
mail-factor-removed-subject = أُزيلت طريقة لتسجيل الدخول من حسابك في { $brand }
mail-factor-removed-title = أُزيلت طريقة لتسجيل الدخول
mail-factor-removed-reason = لم يعد حسابك في { $brand } ({ $email }) يُؤكَّد بهذه الطريقة: { $factor }.
mail-factors-reset-subject = أُزيلت الخطوات الثانية من حسابك في { $brand }
mail-factors-reset-title = أُزيلت خطواتك الثانية
mail-factors-reset-reason = أزالت إدارة { $brand } كل خطوة ثانية من حسابك ({ $email })، { $time }. أعدّ خطوة جديدة عند تسجيل الدخول في المرة القادمة.
mail-factors-reset-not-you = إذا لم تكن أنت من طلب ذلك فاختر كلمة مرور جديدة فورًا. بهذا يخرج كل من لديه الكلمة الحالية:
mail-factors-reset-password = ولم تعد كلمة المرور التي اختيرت أخيرًا عبر البريد صالحة. وحتى تُعدّ خطوة ثانية من جديد يستطيع الدخول كل من يقرأ بريدك: تأكد من أن لا أحد سواك يقرؤه. اختر كلمة مرور جديدة الآن، وبالأخص إذا لم تكن أنت من طلب ذلك:
mail-backup-subject = استُخدم رمز احتياطي لحسابك في { $brand }
mail-backup-title = استُخدم رمز احتياطي
mail-backup-reason = سجّل شخص ما، نرجو أن يكون أنت، الدخول إلى حسابك في { $brand } ({ $email }) برمز احتياطي. لم يعد هذا الرمز يعمل.
mail-backup-left = { $left ->
    [zero] لم يبقَ لديك أي رمز احتياطي. أنشئ رموزًا جديدة في صفحة الأمان في حسابك.
    [one] بقي لديك رمز احتياطي واحد. أنشئ رموزًا جديدة قريبًا في صفحة الأمان في حسابك.
    [two] بقي لديك رمزان احتياطيان.
    [few] بقيت لديك { $left } رموز احتياطية.
    [many] بقي لديك { $left } رمزًا احتياطيًا.
   *[other] بقي لديك { $left } رمز احتياطي.
}
mail-device-subject = تسجيل دخول جديد إلى حسابك في { $brand }
mail-device-title = تسجيل دخول من جهاز جديد
mail-device-reason = استُخدم حسابك في { $brand } ({ $email }) على جهاز لم نره من قبل: { $device }. إذا كنت أنت فكل شيء على ما يرام.
mail-device-not-you = إذا لم تكن أنت فافتح نشاطك الأخير واختر «Not me» (لم يكن هذا أنا):
mail-device-button = عرض ما حدث
mail-reuse-subject = أنهينا وصول تطبيق إلى حسابك في { $brand }
mail-reuse-title = أنهينا وصول تطبيق
mail-reuse-reason = لدى { $app } وصول إلى حسابك في { $brand } ({ $email }). استُخدم المفتاح الذي يحتفظ به لذلك مرتين، وربما نُسخ. أنهينا هذا الوصول؛ سجّل الدخول هناك مرة أخرى للمتابعة.
mail-reuse-not-you = إذا لم تكن أنت من سجّل الدخول إلى { $app } فأزل وصوله نهائيًا:
mail-reuse-button = عرض تطبيقاتي
mail-access-subject = تطبيق جديد لديه وصول إلى حسابك في { $brand }
mail-access-title = تطبيق جديد لديه وصول
mail-access-reason = سمحت لتطبيق { $app } باستخدام حسابك في { $brand } ({ $email }).
mail-access-not-you = إذا لم تكن أنت فأزل وصوله، ثم اختر كلمة مرور جديدة:
mail-access-button = عرض تطبيقاتي
mail-export-subject = تم تنزيل بياناتك في { $brand }
mail-export-title = تم تنزيل بياناتك
mail-export-reason = تم تنزيل نسخة من بياناتك في { $brand } ({ $email }).
mail-recovery-link-subject = طريق العودة إلى حسابك في { $brand }
mail-recovery-link-title = أخبرنا بما حدث
mail-recovery-link-reason = شخص ما، نرجو أن يكون أنت، لم يعد بإمكانه استخدام الخطوات الثانية لحسابك في { $brand } ({ $email }) ويطلب طريقًا للعودة.
mail-recovery-link-button = اكتب ما حدث
mail-recovery-link-until = يعمل الرابط حتى { $time }.
mail-recovery-link-not-you = إذا لم تكن أنت فلا تفعل شيئًا: يبقى حسابك كما هو.
mail-recovery-approved-subject = ستُزال الخطوات الثانية من حسابك في { $brand }
mail-recovery-approved-title = ستُزال خطواتك الثانية
mail-recovery-approved-reason = طلب شخص ما، نرجو أن يكون أنت، طريق العودة إلى حسابك في { $brand } ({ $email })، ووافق القائمون على الخدمة. في { $time } تُزال كل الخطوات الثانية، ويُسجَّل خروج الجميع، ونرسل إليك رابطًا لاختيار كلمة مرور جديدة.
mail-recovery-approved-reason-earlier = طلب شخص ما طريق العودة إلى حساب في { $brand } كان له هذا العنوان سابقًا ({ $email })، ووافق القائمون على الخدمة. في { $time } تُزال كل الخطوات الثانية، ويُسجَّل خروج الجميع، ويُرسَل رابط لاختيار كلمة مرور جديدة إلى العنوان الحالي للحساب.
mail-recovery-approved-not-you = إذا لم تكن أنت فأوقف ذلك قبل هذا الموعد. افتح الصفحة وأكّد ذلك هناك:
mail-recovery-approved-button = لم أكن أنا
mail-recovery-refused-subject = يبقى حسابك في { $brand } كما هو
mail-recovery-refused-title = يبقى حسابك كما هو
mail-recovery-refused-reason = لم يوافق القائمون على { $brand } على طريق العودة إلى حسابك ({ $email }). تبقى خطواتك الثانية.
mail-recovery-refused-next = إذا كنت تحتاج إلى حسابك فتواصل معهم بطريقة أخرى. وإذا لم تكن أنت من طلب ذلك فغيّر كلمة مرور بريدك: من طلبه يقرأ رسائلك.
mail-recovery-unanswered-subject = لم يُتخذ قرار بشأن حسابك في { $brand }
mail-recovery-unanswered-title = لم يُتخذ قرار بعد
mail-recovery-unanswered-reason = طلبت أنت، أو شخص يقرأ رسائلك، من القائمين على { $brand } طريق عودة إلى حسابك ({ $email }). لم يتخذوا قرارًا خلال 30 يومًا، لذلك انتهى الطلب. تبقى خطواتك الثانية.
mail-recovery-unanswered-next = إذا كنت ما زلت تحتاج إلى حسابك فاطلب ذلك مرة أخرى من صفحة تسجيل الدخول، وتواصل معهم بطريقة أخرى أيضًا. وإذا لم تكن أنت من طلب ذلك فغيّر كلمة مرور بريدك: من طلبه يقرأ رسائلك.
mail-recovery-done-subject = أُزيلت الخطوات الثانية من حسابك في { $brand }
mail-recovery-done-title = اختر كلمة مرور جديدة
mail-recovery-done-reason = كما تمت الموافقة، أُزيلت كل الخطوات الثانية من حسابك في { $brand } ({ $email })، وسُجّل خروج الجميع.
mail-recovery-done-next = ثم أعدّ خطوة ثانية من جديد. وإذا لم تكن أنت من طلب ذلك فاختر كلمة المرور الجديدة فورًا، وغيّر كلمة مرور بريدك أيضًا.
mail-delete-subject = سيُحذف حسابك في { $brand }
mail-delete-title = سيُحذف حسابك
mail-delete-subject-earlier = سيُحذف حساب في { $brand } كان له عنوانك
mail-delete-title-earlier = سيُحذف حساب كان له عنوانك
mail-delete-take-back = إذا كان شخص آخر قد نقل الحساب من هذا العنوان، فسيبقى الحساب له أيضًا. لاستعادته استخدم الرابط الذي في رسالتنا عن تغيير العنوان: وهو صالح لمدة 7 أيام.
mail-delete-reason = طلب شخص ما، نرجو أن يكون أنت، حذف حسابك في { $brand } ({ $email }). الحساب مغلق الآن، وسيُحذف نهائيًا في { $time }.
mail-delete-reason-earlier = طلب شخص ما حذف حساب في { $brand } كان له هذا العنوان سابقًا ({ $email }). الحساب مغلق الآن، وسيُحذف نهائيًا في { $time }.
mail-delete-not-you = إذا لم تكن أنت، أو غيّرت رأيك، فاحتفظ بالحساب:
mail-delete-button = الاحتفاظ بحسابي
mail-kept-subject = حسابك في { $brand } باقٍ
mail-kept-title = حسابك باقٍ
mail-kept-reason = لن يُحذف حسابك في { $brand } ({ $email }). وهو مفتوح من جديد.
mail-gone-subject = حُذف حسابك في { $brand }
mail-gone-title = حُذف حسابك
mail-gone-reason = حُذف حسابك في { $brand } ({ $email }) وكل ما فيه كما طُلب. لا يمكن استعادته.
mail-gone-at = وقت الحذف: { $time }.
mail-gone-not-you = إذا لم تكن أنت من طلب ذلك فأخبر القائمين على { $brand }.

## SMS
sms-code = { $code } هو رمزك في { $brand }. لا تعطه لأحد.

## الخطوة الثانية
login-notice-again = استغرق ذلك وقتًا طويلًا أو بدأ في مكان آخر. سجّل الدخول مرة أخرى.
login-notice-signed-out = لم تعد مسجّل الدخول، لذلك لم يُنفَّذ شيء الآن. إذا أرسلته مرتين فربما نُفِّذ في المرة الأولى: سجّل الدخول وتحقق.
factor-ways-title = أكّد أنك أنت
factor-ways-lead = اختر الطريقة.
factor-ask-operator = ألا يمكنك استخدام أي من هذه؟ اسأل القائمين على هذه الخدمة.
factor-none-of-these = لم يعد لدي أي منها
factor-none-left = لا يمكنك الآن استخدام أي من خطواتك الثانية. إما أنك اخترت كلمة مرور جديدة عبر البريد الإلكتروني، وعندها لا يُقبل رمز عبر البريد الإلكتروني، أو أن هذه الخدمة لم تعد توفّر الوصول إليها. سجّل الدخول من مكان ما زلت مسجّل الدخول فيه، أو اطلب من القائمين على هذه الخدمة إعادة تعيين خطواتك الثانية.
factor-another-way = استخدام طريقة أخرى
factor-passkey = مفتاح مرور أو مفتاح أمان
factor-passkey-hint = هذا الجهاز أو جهاز قريب
factor-totp = تطبيق مصادقة
factor-totp-hint = رمز من التطبيق
factor-sms = رسالة قصيرة
factor-email = بريد إلكتروني
factor-sent-to = رمز إلى { $to }
factor-backup = رمز احتياطي
factor-backup-hint = أحد الرموز التي حفظتها
factor-code-title = أدخل رمزك
factor-code-label = رمز من 6 أرقام
factor-totp-lead = افتح تطبيق المصادقة واكتب رمز { $brand }.
factor-sms-lead = أرسلنا رسالة قصيرة إلى { $to }.
factor-email-lead = أرسلنا رسالة إلى { $to }.
factor-send-lead = سنرسل رمزًا إلى { $to }.
factor-send = إرسال رمز
factor-resend-at = يمكنك الحصول على رمز آخر ابتداءً من { $time }.
factor-notice-sent = الرمز في طريقه إليك.
factor-not-sent = أرسلنا أقصى عدد مسموح من الرموز في الوقت الحالي. انتظر { $wait } للحصول على رمز آخر.
factor-not-sent-last = آخر رمز ما زال صالحًا.
factor-not-sent-others = أو استخدم طريقة أخرى.
factor-sent-out = أرسلنا أكبر عدد ممكن من الرموز لتسجيل الدخول هذا. استخدم آخر رمز إن كان لا يزال صالحًا أو طريقة أخرى، أو سجّل الدخول من جديد للحصول على رمز جديد.
factor-too-soon = أرسلنا رمزًا قبل لحظات. انتظر { $wait } للحصول على رمز آخر.
factor-notice-wait = أرسلنا رمزًا قبل لحظات. قد يستغرق وصوله دقيقة.
factor-backup-title = أدخل رمزًا احتياطيًا
factor-backup-lead = كل رمز يعمل مرة واحدة.
factor-backup-label = رمز احتياطي
factor-backup-code-hint = مثل ⁦7KQ4-M2XD⁩.
factor-trust = { $days ->
    [zero] عدم السؤال على هذا الجهاز اليوم
    [one] عدم السؤال على هذا الجهاز لمدة يوم واحد
    [two] عدم السؤال على هذا الجهاز لمدة يومين
    [few] عدم السؤال على هذا الجهاز لمدة { $days } أيام
    [many] عدم السؤال على هذا الجهاز لمدة { $days } يومًا
   *[other] عدم السؤال على هذا الجهاز لمدة { $days } يوم
 }
factor-passkey-title = استخدم مفتاح المرور
factor-passkey-lead = سيطلب متصفحك بصمة إصبعك أو وجهك أو قفل الشاشة أو مفتاح الأمان.
factor-passkey-use = استخدام مفتاح مرور
factor-missing = أدخل الرمز
factor-wrong = الرمز غير صحيح. تحقق منه ثم حاول مرة أخرى.
factor-wrong-totp = الرمز غير صحيح. تتغير الرموز كل 30 ثانية.
factor-wrong-totp-again = الرمز غير صحيح. تتغير الرموز كل 30 ثانية: تأكد من أن وقت هاتفك يُضبط تلقائيًا.
factor-used = سبق استخدام هذا الرمز. استخدم رمزًا آخر.
factor-used-wait = سبق استخدام هذا الرمز. انتظر الرمز التالي.
factor-expired = انتهت صلاحية الرمز. اطلب رمزًا جديدًا أدناه.
factor-expired-sent = انتهت صلاحية الرمز. أرسلنا رمزًا جديدًا.
passkey-failed = لم يعمل مفتاح المرور أو أُلغي ذلك. حاول مرة أخرى، أو استخدم طريقة أخرى.
passkey-too-late = بقيت هذه الصفحة مفتوحة وقتًا طويلًا. حاول مرة أخرى.
passkey-needs-script = تحتاج مفاتيح المرور إلى ⁦JavaScript⁩ في هذا المتصفح. استخدم طريقة أخرى.
login-passkey = تسجيل الدخول بمفتاح مرور
login-passkey-script = يتطلب تسجيل الدخول بمفتاح مرور تفعيل JavaScript.
proof-to-change-factors = لتغيير طريقة تسجيل دخولك، أكّد أنك أنت.
proof-to-replace-password = تم تسجيل الخروج من كل مكان آخر. لاختيار كلمة مرور جديدة، أكّد أنك أنت.
proof-to-disown = لإزالة ما أضافه شخص آخر، أكّد أنك أنت. ثم اختر «لم يكن هذا أنا» مرة أخرى.
proof-by-factor = استخدام مفتاح مرور أو رمز بدلًا من ذلك
proof-by-factor-alone = استخدام مفتاح مرور أو رمز
proof-no-password = ليست لديك كلمة مرور هنا. اطلب واحدة من القائمين على هذه الخدمة.
proof-no-password-reset = ليست لديك كلمة مرور بعد. اختر واحدة أولًا عبر رابط نرسله إلى بريدك.
proof-no-password-factor = ليست لديك كلمة مرور هنا. يُثبت مفتاح مرور أو رمز أنك صاحب الحساب.

## طريقة تسجيل الدخول
account-nav = الحساب
account-nav-home = الرئيسية
account-nav-devices = الأجهزة
account-nav-apps = التطبيقات
save = حفظ
copied = تم النسخ.
security-title = الأمان
security-lead = كيف تسجّل الدخول، وما الذي يمنع الآخرين من الدخول.
security-must-title = أعدّ خطوة ثانية
security-must-text = يطلب منك { $app } خطوة ثانية إلى جانب كلمة المرور. إنها تُبقي الآخرين خارج حسابك حتى لو عرفوا كلمة المرور، وتستغرق دقيقة أو دقيقتين. اختر واحدة أدناه، ثم تتابع من حيث كنت.
security-passkeys = مفاتيح المرور
security-passkeys-hint = سجّل الدخول ببصمة إصبعك أو وجهك أو قفل الشاشة. لا شيء تتذكره ولا شيء يُسرق.
security-passkey-add = إضافة مفتاح مرور
security-key-add = إضافة مفتاح أمان يكون خطوة ثانية فقط
security-key-second = خطوة ثانية فقط.
security-manage = إدارة
security-added = أُضيف في { $time }.
security-last-used = آخر استخدام في { $time }.
security-password-hint = لا تستخدمها في أي مكان آخر.
security-new-password-operator = يطلب منك القائمون على هذه الخدمة اختيار كلمة مرور جديدة. غيّرها الآن، أو عند تسجيل دخولك بها في المرة القادمة.
security-new-password-leaked = كلمة مرورك موجودة في قوائم كلمات المرور المسرّبة. غيّرها الآن، أو عند تسجيل دخولك بها في المرة القادمة.
security-recovery-title = طلب شخص ما طريقًا إلى حسابك
security-recovery-open = يقول إنه فقد خطواتك الثانية. لم يقرر القائمون على هذه الخدمة بعد. إذا لم تكن أنت فأوقف ذلك الآن.
security-recovery-due = يقول إنه فقد خطواتك الثانية. ستُزال كلها في { $time }. إذا لم تكن أنت فأوقف ذلك الآن.
security-notice-stopped = تم إيقافه: تبقى خطواتك الثانية كما هي. قد يقرأ شخص ما بريدك: غيّر كلمة مرور بريدك.
security-password-change = تغيير كلمة المرور
security-password-none = ليست لديك كلمة مرور بعد.
security-password-choose = اختيار كلمة مرور
security-two-step = الخطوة الثانية
security-two-step-hint = تُطلب بعد كلمة المرور، إلا في متصفح اخترت ألا نسألك فيه.
security-totp-hint = رموز من تطبيق، حتى من دون شبكة.
security-sms-hint = أضعف من التطبيق: الأرقام يمكن أن تُسرق.
security-sms-to = إلى { $to }.
security-email-code = رمز عبر البريد الإلكتروني
security-recent = آخر ما حدث
security-recent-all = عرض الكل
activity-not-me = لم يكن هذا أنا
activity-not-me-hint = الزر «لم يكن هذا أنا» يسجّل الخروج من كل مكان آخر ويتيح لك اختيار كلمة مرور جديدة. وفي سطر خطوة ثانية أُعدّت خلال آخر 7 أيام يزيلها أيضًا مع كل ما أُضيف بعدها. وفي سطر تطبيق سُمح له يمنعه من الدخول.
security-email-to = إلى { $to }.
security-backup = رموز احتياطية
security-backup-hint = للحالات التي لا يكون فيها هاتفك معك.
security-backup-left = { $left ->
    [zero] لم يبقَ أي رمز
    [one] بقي رمز واحد
    [two] بقي رمزان
    [few] بقيت { $left } رموز
    [many] بقي { $left } رمزًا
   *[other] بقي { $left } رمز
 }
security-backup-new = رموز جديدة
security-on = مفعّل
security-off = معطّل
security-replace = استبداله بآخر جديد
security-set-up = إعداد
security-browsers = { $count ->
    [zero] لا يوجد متصفح مستثنى من خطوتك الثانية.
    [one] متصفح واحد لا تُطلب فيه خطوتك الثانية.
    [two] متصفحان لا تُطلب فيهما خطوتك الثانية.
    [few] { $count } متصفحات لا تُطلب فيها خطوتك الثانية.
    [many] { $count } متصفحًا لا تُطلب فيها خطوتك الثانية.
   *[other] { $count } متصفح لا تُطلب فيها خطوتك الثانية.
 }
security-browsers-forget = السؤال في كل مكان من جديد
security-phone-malformed = أدخل الرقم مع رمز الدولة، مثل ⁦+49 151 23456789⁩
security-notice-added = تم. يسري ذلك من الآن.
security-notice-removed = تمت الإزالة.
security-notice-gone = لم يعد مفتاح المرور هذا موجودًا.
security-notice-renamed = تم الحفظ.
security-notice-browsers = تم. سيطلب كل متصفح خطوتك الثانية من جديد.
security-notice-last = الخطوة الثانية مطلوبة هنا، وهذه خطوتك الوحيدة. أعدّ خطوة أخرى أولًا.
security-notice-many = لديك أكبر عدد ممكن من مفاتيح المرور. أزل أولًا مفتاحًا لم تعد تستخدمه.
security-notice-again = استغرق ذلك وقتًا طويلًا. ابدأ من جديد.
security-notice-on = تم إعداده بالفعل وهو ساري المفعول.
security-notice-way-in = بدونه لن تستطيع تسجيل الدخول: ليس لديك كلمة مرور. اختر واحدة عبر «نسيت كلمة المرور؟» أو أضف مفتاح مرور آخر أولًا.
security-notice-unverified = أكّد بريدك الإلكتروني أولًا.
few-codes = { $left ->
    [zero] لم تبقَ لديك رموز احتياطية.
    [one] بقي لديك رمز احتياطي واحد.
    [two] بقي لديك رمزان احتياطيان.
    [few] بقيت لديك { $left } رموز احتياطية.
    [many] بقي لديك { $left } رمزًا احتياطيًا.
   *[other] بقي لديك { $left } رمز احتياطي.
}
few-codes-new = إنشاء رموز جديدة
set-up-totp-title = أعدّ تطبيق المصادقة
set-up-totp-lead = امسح هذا الرمز بتطبيق مصادقة على هاتفك.
set-up-totp-replaces = لديك تطبيق مصادقة بالفعل. يحل الجديد محله حين تكتب رمزه هنا. حتى ذلك الوقت يعمل القديم.
set-up-totp-old-lost = فقدتُ تطبيقي القديم، أو قد يكون في يد غيري
set-up-old-lost-hint = عندئذٍ لن يعمل القديم هنا أبدًا، حتى لو أزال زر «لم يكن هذا أنا» الجديد.
set-up-totp-picture = رمز استجابة سريعة يحمل مفتاح تطبيقك
set-up-totp-open = فتح في تطبيق على هذا الجهاز
set-up-totp-type = كتابة المفتاح بدلًا من ذلك
set-up-totp-key = المفتاح
set-up-totp-account = الحساب
set-up-totp-type-label = النوع
set-up-totp-type-value = حسب الوقت، 6 أرقام، 30 ثانية
set-up-totp-copy = نسخ المفتاح
set-up-totp-code = ثم اكتب الرمز المكوّن من 6 أرقام الذي يظهر فيه
set-up-turn-on = تفعيل
set-up-sms-title = رموز عبر الرسائل القصيرة
set-up-sms-lead = سنرسل رمزًا إلى هاتفك الآن وعند تسجيل الدخول.
set-up-sms-replaces = لديك رقم بالفعل. يحل الجديد محله حين تكتب الرمز المرسل إليه. حتى ذلك الوقت يعمل القديم.
set-up-sms-old-lost = فقدتُ رقمي القديم، أو قد يكون في يد غيري
set-up-sms-phone = رقم الهاتف
set-up-sms-phone-hint = مع رمز الدولة، مثل ⁦+49 151 23456789⁩.
set-up-sms-another = استخدام رقم آخر أو إرسال الرمز مرة أخرى
set-up-email-title = رموز عبر البريد الإلكتروني
backup-codes-left = { $left ->
    [zero] لم تبقَ لديك رموز احتياطية.
    [one] بقي لديك رمز احتياطي واحد.
    [two] بقي لديك رمزان احتياطيان.
    [few] بقيت لديك { $left } رموز احتياطية.
    [many] بقي لديك { $left } رمزًا احتياطيًا.
   *[other] بقي لديك { $left } رمز احتياطي.
 }
backup-codes-renew-hint = تحل الرموز الجديدة محل كل الرموز القديمة.
backup-codes-lost = خطوتك الثانية مفعّلة. إذا لم تحفظ رموزك الاحتياطية فأنشئ رموزًا جديدة الآن: لا يمكننا عرض الأولى مرة أخرى.
backup-codes-renew = إنشاء رموز جديدة
new-codes-title = احفظ رموزك الاحتياطية
new-codes-lead = كل رمز يعمل مرة واحدة عندما لا يكون هاتفك معك. لن تظهر هذه الرموز مرة أخرى.
new-codes-about = للحساب { $email } في { $host }. أُنشئت في { $time }.
new-codes-file = backup-codes.txt
new-codes-download = تنزيل
new-codes-print = طباعة
new-codes-copy = نسخ
new-codes-saved = لقد حفظتها
remove-factor-title = هل تريد إزالة هذه الخطوة الثانية؟
remove-factor-text = لن تُطلب بعد الآن.
remove-factor-last = هذه خطوتك الثانية الوحيدة. بعد ذلك تكفي كلمة مرورك وحدها للدخول، ولا تعود رموزك الاحتياطية تعمل.
new-passkey-title = إضافة مفتاح مرور
new-passkey-lead = سيطلب متصفحك بصمة إصبعك أو وجهك أو قفل الشاشة أو مفتاح الأمان.
new-security-key-title = إضافة مفتاح أمان
new-security-key-lead = لمفتاح توصله بجهازك أو تقرّبه منه وقد لا يتعرف إليك. يُطلب بعد كلمة المرور، ولا يكفي وحده لتسجيل دخولك أبدًا.
new-passkey-failed = لم يُنشأ أي مفتاح مرور. حاول مرة أخرى، أو استخدم جهازًا آخر.
new-passkey-needs-script = تحتاج مفاتيح المرور إلى ⁦JavaScript⁩ في هذا المتصفح. اسمح بها لهذه الصفحة، أو اختر خطوة ثانية أخرى.
passkey-title = مفتاح المرور
passkey-name = الاسم
passkey-name-hint = لكي تتعرف إليه لاحقًا.
passkey-provider = محفوظ لدى
passkey-added = تاريخ الإضافة
passkey-last-used = آخر استخدام
passkey-remove-title = إزالة مفتاح المرور هذا
software-on = { $browser } على { $system }
software-unknown = متصفح غير معروف
password-leaked = كلمة المرور هذه موجودة في قوائم كلمات المرور المسرّبة. اختر كلمة أخرى.
password-keyboard-pattern = صفوف المفاتيح سهلة التخمين. استخدم بدلًا منها بضع كلمات عشوائية.
password-repetition = الأحرف والكلمات المكررة سهلة التخمين. استخدم بدلًا منها بضع كلمات مختلفة.
password-sequence = المتتاليات مثل ⁦abc⁩ أو 6543 سهلة التخمين. استخدم بدلًا منها بضع كلمات عشوائية.
password-date = التواريخ والسنوات سهلة التخمين. استخدم بدلًا منها بضع كلمات عشوائية.
password-single-word = الكلمة الواحدة سهلة التخمين. أضف كلمتين عشوائيتين أو ثلاثًا.
password-name = الأسماء سهلة التخمين. استخدم بدلًا منها بضع كلمات عشوائية.
password-close-to-common = كثيرون يستخدمون كلمة مرور مثل هذه. استخدم بدلًا منها بضع كلمات عشوائية.
password-unchanged = هذه هي كلمة مرورك الحالية. اختر كلمة أخرى.
password-unusable = تحتوي كلمة المرور هذه على حرف لا يمكن استخدامه. اختر كلمة أخرى.
login-too-many-in-a-row = كلمات مرور خاطئة كثيرة على التوالي. حاول مرة أخرى بعد يوم، أو اطلب كلمة جديدة من القائمين على هذه الخدمة.
login-too-many-in-a-row-reset = كلمات مرور خاطئة كثيرة على التوالي. اختر كلمة مرور جديدة لتسجيل الدخول.
login-too-many-in-a-row-passkey = كلمات مرور خاطئة كثيرة على التوالي. إذا كان لديك مفتاح مرور فسجّل الدخول به، وإلا فحاول مرة أخرى بعد يوم، أو اطلب كلمة مرور جديدة من القائمين على هذه الخدمة.
login-too-many-in-a-row-reset-passkey = كلمات مرور خاطئة كثيرة على التوالي. اختر كلمة مرور جديدة، أو سجّل الدخول بمفتاح مرور إن كان لديك واحد.
proof-too-many-in-a-row = كلمات مرور خاطئة كثيرة على التوالي. حاول مرة أخرى بعد يوم، أو اطلب كلمة جديدة من القائمين على هذه الخدمة.
proof-too-many-in-a-row-reset = كلمات مرور خاطئة كثيرة على التوالي. اختر كلمة مرور جديدة أولًا.
proof-too-many-in-a-row-factor = كلمات مرور خاطئة كثيرة على التوالي. استخدم طريقة أخرى أدناه.
account-nav-profile = الملف الشخصي
account-nav-activity = النشاط
account-nav-data = بياناتك
notice-account-kept = حسابك باقٍ. يسعدنا أنك عدت.
notice-email-changed = تغيّر بريدك الإلكتروني. سجّل الدخول من الآن بالعنوان الجديد.
email-return-title = هل تستعيد حسابك؟
email-return-lead = سيعود العنوان { $email } عنوانًا للحساب. سيتم تسجيل خروج الجميع، ولن تعمل كلمة المرور بعد ذلك.
email-return-factors-go = تُزال معها الخطوات الثانية التي أُعدّت مؤخرًا وكل الرموز الاحتياطية.
email-return-factors-stay = تبقى كل الخطوات الثانية، حتى التي أُعدّت مؤخرًا: وإلا لما بقيت أي منها، ولاستطاع من يقرأ بريدك الدخول وحده.
email-return-submit = استعادة حسابي
email-return-done-title = عاد عنوانك
email-return-done-text = تم تسجيل خروج الجميع، ولم تعد كلمة المرور القديمة تعمل. لاختيار كلمة جديدة استخدم الزر أدناه: عندها نرسل رابطًا إلى عنوانك.
email-return-done-text-ask = تم تسجيل خروج الجميع، ولم تعد كلمة المرور القديمة تعمل. اطلب كلمة جديدة من القائمين على هذه الخدمة.
email-return-factors-stayed = تبقى كل الخطوات الثانية، حتى التي أُعدّت مؤخرًا. بعد تسجيل الدخول أزِل من صفحة الأمان ما ليس لك. وإذا لم تستطع استخدام أي منها فاختر «لم يعد لدي أي منها» عند تسجيل الدخول.
email-return-used-text = كل رابط يعمل مرة واحدة. إذا لم يعد عنوانك فاطلب المساعدة من القائمين على هذه الخدمة.
email-return-expired-text = كان صالحًا لمدة 7 أيام. اطلب المساعدة من القائمين على هذه الخدمة.
email-return-taken-title = هذا العنوان لحساب آخر
email-return-taken-text = لم يعد بالإمكان إعادته تلقائيًا. اطلب المساعدة من القائمين على هذه الخدمة.
email-return-unknown-text = افتحه مرة أخرى من الرسالة، أو انسخ العنوان كاملًا إلى متصفحك.

factor-undo-title = ألم تكن أنت؟
factor-undo-lead = أصبح بالإمكان منذ وقت قصير تأكيد حسابك بهذه الطريقة: { $factor }. إذا لم تُعدّها أنت فأزلها. سيُزال معها كل ما أُضيف بعدها، وسيتم تسجيل خروج الجميع، ولن تعمل كلمة المرور بعد ذلك. ثم تختار كلمة مرور جديدة.
factor-undo-submit = إزالتها وتسجيل خروج الجميع
factor-undo-was-me = إذا كنت أنت فأغلق هذه الصفحة فحسب. لن يتغير شيء.
factor-undo-done-title = أُزيلت
factor-undo-done-text = تم تسجيل خروج الجميع، ولم تعد كلمة المرور القديمة تعمل. لاختيار كلمة جديدة استخدم الزر أدناه: عندها نرسل رابطًا إلى عنوانك.
factor-undo-gone-title = لا يوجد ما يُزال
factor-undo-gone-text = أُزيلت من قبل، أو استُخدم هذا الرابط. إذا بدا لك شيء غريب فاختر كلمة مرور جديدة.
factor-undo-expired-text = كان صالحًا لمدة 7 أيام. إذا لم تستطع الدخول فاطلب المساعدة من القائمين على هذه الخدمة.
factor-undo-none-left-title = لن تبقى لحسابك خطوة ثانية
factor-undo-none-left-text = كانت له خطوة قبل هذه الإضافة ولم تعد موجودة، لذلك تبقى خطواتك الثانية كما هي. سُجّل خروج الجميع، ولم تعد كلمة المرور صالحة. اطلب المساعدة من القائمين على هذه الخدمة: يمكنهم إعادة ضبط خطواتك الثانية.
factor-undo-unknown-text = افتحه مرة أخرى من الرسالة، أو انسخ العنوان كاملًا. وإن كان كاملًا فقد تغيّر عنوان الحساب منذ ذلك الحين (استخدم الرابط الذي في الرسالة الخاصة بذلك)، أو أزال القائمون على هذه الخدمة خطواتك الثانية.
restore-title = سيُحذف هذا الحساب
restore-lead = سيُحذف نهائيًا في { $time }. حتى ذلك الوقت يمكنك الاحتفاظ به.
restore-submit = الاحتفاظ بحسابي
leaving-requested-title = سيُحذف حسابك
leaving-requested-text = تم تسجيل خروجك من كل مكان. إذا غيّرت رأيك فاستخدم الرابط الذي في رسالتنا، أو سجّل الدخول.
leaving-requested-text-sign-in = تم تسجيل خروجك من كل مكان. إذا غيّرت رأيك فسجّل الدخول.
leaving-kept-title = حسابك باقٍ
leaving-kept-text = سجّل الدخول كما في السابق. ستطلب منك التطبيقات تسجيل الدخول مرة أخرى.
leaving-over-title = هذا الرابط لا يعمل
leaving-over-text = ربما سبق استخدامه أو أنه غير كامل: افتحه مرة أخرى من الرسالة. أو سجّل الدخول فحسب: ما دام الحساب موجودًا يمكنك عندها الاحتفاظ به.
leaving-due = موعد الحذف النهائي:

## Ways back that mails lead to

