"""Labels, units, digit grouping and words of the languages in which pages are made."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """How licence pages of one language write."""

    locale: str
    used: tuple[str, ...]
    """Labels of the count in use."""
    cap: tuple[str, ...]
    """Labels of the count allowed."""
    unit: str
    """Unit word after a number, as many of the language would be written; with the blank before it where one is."""
    of: str
    """Between count and cap, blanks included."""
    unlimited: str
    groups: tuple[str, ...]
    """What may stand between groups of three digits."""
    days: str
    """A time unit after a number, blank included: no count."""
    rtl: bool = False


LANGUAGES: tuple[Language, ...] = (
    Language("en", ("Seats used", "Users in use", "Active users"), ("Seats purchased", "Licensed users", "Seat limit"),
             " seats", " of ", "Unlimited", (",",), " days"),
    Language("de", ("Genutzte Lizenzen", "Aktive Benutzer"), ("Gekaufte Lizenzen", "Erlaubte Benutzer"),
             " Lizenzen", " von ", "Unbegrenzt", (".",), " Tage"),
    Language("fr", ("Licences utilisées", "Utilisateurs actifs"), ("Licences achetées", "Utilisateurs autorisés"),
             " licences", " sur ", "Illimité", ("\u202f", "\u00a0"), " jours"),
    Language("es", ("Licencias en uso", "Usuarios activos"), ("Licencias compradas", "Usuarios permitidos"),
             " licencias", " de ", "Ilimitado", (".",), " días"),
    Language("it", ("Licenze utilizzate", "Utenti attivi"), ("Licenze acquistate", "Utenti consentiti"),
             " licenze", " di ", "Illimitato", (".",), " giorni"),
    Language("nl", ("Gebruikte licenties", "Actieve gebruikers"), ("Gekochte licenties", "Toegestane gebruikers"),
             " licenties", " van ", "Onbeperkt", (".",), " dagen"),
    Language("pl", ("Używane licencje", "Aktywni użytkownicy"), ("Kupione licencje", "Limit użytkowników"),
             " licencji", " z ", "Bez limitu", ("\u00a0",), " dni"),
    Language("sv", ("Använda licenser", "Aktiva användare"), ("Köpta licenser", "Tillåtna användare"),
             " licenser", " av ", "Obegränsat", ("\u00a0",), " dagar"),
    Language("tr", ("Kullanılan lisans", "Etkin kullanıcılar"), ("Satın alınan lisans", "Kullanıcı sınırı"),
             " lisans", " / ", "Sınırsız", (".",), " gün"),
    Language("ru", ("Используется лицензий", "Активные пользователи"), ("Куплено лицензий", "Лимит пользователей"),
             " лицензий", " из ", "Без ограничений", ("\u00a0",), " дней"),
    Language("zh-CN", ("已用数量", "当前用户数", "已注册分馆"), ("授权数量", "授权用户数", "授权分馆数"),
             "个", " / ", "不限", (",",), "天"),
    Language("ja", ("利用者数", "使用ライセンス数"), ("契約ライセンス数", "上限ユーザー数"),
             "名", " / ", "無制限", (",",), "日"),
    Language("ko", ("사용 중인 라이선스", "활성 사용자"), ("구매한 라이선스", "최대 사용자"),
             "명", " / ", "무제한", (",",), "일"),
    Language("ar", ("التراخيص المستخدمة", "المستخدمون النشطون"), ("التراخيص المشتراة", "حد المستخدمين"),
             " ترخيص", " من ", "غير محدود", (",",), " يوم", rtl=True),
    Language("he", ("רישיונות בשימוש", "משתמשים פעילים"), ("רישיונות שנרכשו", "מכסת משתמשים"),
             " רישיונות", " מתוך ", "ללא הגבלה", (",",), " ימים", rtl=True),
)  # fmt: skip


def grouped(value: int, separator: str) -> str:
    """The number with its digits in groups of three."""
    return f"{value:,}".replace(",", separator)
