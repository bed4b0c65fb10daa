//! Every way in which the API itself says no. The engine's own refusals carry the codes of its rules instead.

use actix_web::http::StatusCode;
use stafett_workflow::vocabulary::Language;

/// Declares the closed list: variant, code, status, then title and usual detail in Norwegian and English.
macro_rules! error_codes {
    ($($variant:ident = $code:literal, $status:ident, [$title_nb:literal, $title_en:literal], [$nb:literal, $en:literal];)+) => {
        /// A stable code, the last part of a problem's `type`, and the name of its page in the documentation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $(#[doc = $en] $variant,)+
        }

        impl ErrorCode {
            /// All codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code as it stands in the answer.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The status of every answer with this code.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)+ }
            }

            /// What it is, in a few words.
            #[must_use]
            pub const fn title(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$variant, Language::Nb) => $title_nb, (Self::$variant, Language::En) => $title_en,)+
                }
            }

            /// What to do, when nothing more exact is known.
            #[must_use]
            pub const fn detail(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$variant, Language::Nb) => $nb, (Self::$variant, Language::En) => $en,)+
                }
            }
        }
    };
}

error_codes! {
    MalformedJson = "malformed-json", BAD_REQUEST,
        ["Forespørselen er ikke gyldig JSON", "The request is not valid JSON"],
        ["Innholdet kan ikke leses som JSON. Rett det og send på nytt.",
         "The body cannot be read as JSON. Correct it and send again."];
    MalformedRequest = "malformed-request", BAD_REQUEST,
        ["Forespørselen kan ikke leses", "The request cannot be read"],
        ["En del av forespørselen kan ikke leses. Rett den og send på nytt.",
         "A part of the request cannot be read. Correct it and send again."];
    Unauthenticated = "unauthenticated", UNAUTHORIZED,
        ["Du er ikke logget inn", "You are not signed in"],
        ["Send et gyldig tilgangstoken i hodet Authorization.",
         "Send a valid access token in the Authorization header."];
    InvalidToken = "invalid-token", UNAUTHORIZED,
        ["Tilgangstokenet gjelder ikke", "The access token is not valid"],
        ["Logg inn på nytt, eller forny økten med fornyelsestokenet.",
         "Sign in again, or renew the session with the refresh token."];
    InvalidCredentials = "invalid-credentials", UNAUTHORIZED,
        ["Innloggingen ble avvist", "Sign-in was refused"],
        ["Brukernavn eller passord er feil, eller kontoen er stengt.",
         "The user name or password is wrong, or the account is closed."];
    InvalidRefreshToken = "invalid-refresh-token", UNAUTHORIZED,
        ["Fornyelsestokenet gjelder ikke", "The refresh token is not valid"],
        ["Tokenet er utløpt, trukket tilbake eller allerede brukt. Logg inn på nytt.",
         "The token has expired, was revoked or has been used already. Sign in again."];
    Forbidden = "forbidden", FORBIDDEN,
        ["Du har ikke tilgang til dette", "You may not do this"],
        ["Ingen av rollene dine gir rett til dette. Spør enhetsadministratoren din.",
         "None of your roles gives the right to do this. Ask your agency administrator."];
    PasswordChangeRequired = "password-change-required", FORBIDDEN,
        ["Passordet må byttes først", "The password must be changed first"],
        ["Du har fått et engangspassord. Velg ditt eget med PATCH /me før du gjør noe annet.",
         "You were handed a one-time password. Choose your own with PATCH /me before you do anything else."];
    OnlySystemAdmin = "only-system-admin", FORBIDDEN,
        ["Bare systemadministrator kan gjøre dette", "Only a system administrator may do this"],
        ["Noe av dette gjelder mer enn din egen enhet. Se errors, ta det bort og send resten, eller be systemadministratoren.",
         "Some of this concerns more than your own agency. See errors, leave that out and send the rest, or ask the system administrator."];
    OwnRoles = "own-roles", FORBIDDEN,
        ["Ingen gir seg selv en rolle", "Nobody gives themselves a role"],
        ["Den som administrerer, kan ikke slippe seg selv inn. Be en annen administrator gi deg rollen.",
         "Whoever administers cannot let themselves in. Ask another administrator to give you the role."];
    NotFound = "not-found", NOT_FOUND,
        ["Finnes ikke", "Not found"],
        ["Det finnes ikke noe her som du kan se.", "There is nothing here that you can see."];
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED,
        ["Metoden kan ikke brukes her", "The method cannot be used here"],
        ["Adressen finnes, men ikke med denne metoden. Se hodet Allow.",
         "The address exists, but not with this method. See the Allow header."];
    NotAcceptable = "not-acceptable", NOT_ACCEPTABLE,
        ["Formatet finnes ikke her", "The format does not exist here"],
        ["Svaret finnes ikke i noe format som hodet Accept godtar.",
         "The answer does not exist in a format that the Accept header takes."];
    RequestTimeout = "request-timeout", REQUEST_TIMEOUT,
        ["Forespørselen kom ikke fram i tide", "The request did not arrive in time"],
        ["Innholdet kom for sakte. Ingenting ble lagret. Send forespørselen uendret på nytt.",
         "The body arrived too slowly. Nothing was stored. Send the request again unchanged."];
    Conflict = "conflict", CONFLICT,
        ["Kolliderer med det som er lagret", "In conflict with what is stored"],
        ["Noe annet er allerede lagret. Hent siste versjon og prøv på nytt.",
         "Something else is stored already. Read the latest version and try again."];
    AgencyInUse = "agency-in-use", CONFLICT,
        ["Enheten har fortsatt ansvar", "The agency still answers for something"],
        ["Lukk eller overfør det enheten har ansvar for, og prøv på nytt.",
         "Close or pass on what the agency answers for, and try again."];
    LastAdministrator = "last-administrator", CONFLICT,
        ["Noen må kunne administrere", "Somebody must be able to administer"],
        ["Du kan ikke ta administratorrollen fra deg selv eller fra den siste som har den. Gi den til en annen først, og la \
          den andre gjøre det.",
         "You cannot take the administrator's role from yourself or from the last who has it. Give it to somebody else first, and \
          let them do it."];
    Erased = "erased", CONFLICT,
        ["Opplysningene er slettet", "What was told is erased"],
        ["Opplysningene her er slettet for godt, så ingenting kan føyes til. Skriv en ny formidling.",
         "What was told here is erased for good, so nothing can be added. Write a new referral."];
    LegalHold = "legal-hold", CONFLICT,
        ["Et bevaringspålegg står", "A legal hold stands"],
        ["En enhet har bestemt at dette skal bevares, så det kan ikke slettes nå. Se hvem, og spør den.",
         "An agency has decided that this must be kept, so it cannot be erased now. See which one, and ask it."];
    OthersTakePart = "others-take-part", CONFLICT,
        ["Andre deltar i dette", "Others take part in this"],
        ["Andre enheter har skrevet eller lest dette, så ingen av dem sletter det alene. Be den som drifter løsningen.",
         "Other agencies have written or read this, so none of them erases it alone. Ask whoever runs the installation."];
    StillOpen = "still-open", CONFLICT,
        ["Noe er ikke avsluttet", "Something is not closed"],
        ["Noen arbeider fortsatt med dette. Avslutt det først.", "Somebody still works with this. Close it first."];
    InHand = "in-hand", CONFLICT,
        ["Noen har dette allerede", "Somebody has this in hand"],
        ["En annen har tatt det, eller e-posten er kommet fram. Hent hendelsen og se hvem som har den.",
         "Somebody else has taken it, or the mail has arrived. Read the incident and see who has it."];
    TooManyFiles = "too-many-files", CONFLICT,
        ["Formidlingen har for mange filer", "The referral has too many files"],
        ["En formidling kan ha høyst 50 filer. Ta bort en som ikke trengs, eller samle flere i én PDF.",
         "A referral may have at most 50 files. Take away one that is not needed, or put several into one PDF."];
    IdempotencyInProgress = "idempotency-in-progress", CONFLICT,
        ["Samme forespørsel er under behandling", "The same request is being handled"],
        ["En forespørsel med samme Idempotency-Key er ikke ferdig. Vent litt og send den uendret på nytt.",
         "A request with the same Idempotency-Key has not finished. Wait a little and send it again unchanged."];
    StaleVersion = "stale-version", PRECONDITION_FAILED,
        ["Noen andre har endret dette", "Somebody else has changed this"],
        ["Versjonen i If-Match er ikke den siste. Hent siste versjon og se om endringen fortsatt er riktig.",
         "The version in If-Match is not the latest. Read the latest and see whether your change is still right."];
    AlreadyStored = "already-stored", PRECONDITION_FAILED,
        ["Allerede lagret", "Already stored"],
        ["Nøyaktig dette er allerede lagret av deg. Ingenting mer må gjøres.",
         "You have stored exactly this already. Nothing more needs to be done."];
    BodyTooLarge = "body-too-large", PAYLOAD_TOO_LARGE,
        ["Forespørselen er for stor", "The request is too large"],
        ["Innholdet er større enn det som tas imot. Send mindre.", "The body is larger than what is taken. Send less."];
    UnsupportedMediaType = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE,
        ["Innholdstypen tas ikke imot", "The content type is not taken"],
        ["Send innholdet som application/json.", "Send the body as application/json."];
    FileNotTaken = "file-not-taken", UNPROCESSABLE_ENTITY,
        ["Filen tas ikke imot", "The file is not taken"],
        ["Filen er ikke det den sier at den er, kan ikke leses, eller inneholder et program.",
         "The file is not what it says, cannot be read, or carries a program."];
    InvalidInput = "invalid-input", UNPROCESSABLE_ENTITY,
        ["Noe i forespørselen er ikke gyldig", "Something in the request is not valid"],
        ["Se errors for hvert felt som må rettes.", "See errors for each field that must be corrected."];
    LookReasonRequired = "look-reason-required", UNPROCESSABLE_ENTITY,
        ["Si hvorfor du ser på dette", "Say why you look at this"],
        ["Ungdommen har strengt fortrolig adresse. Send overskriften Look-Reason med grunnen (10 til 1000 tegn, prosentkodet \
          UTF-8). Den ligger forseglet i tilgangsloggen.",
         "The youth has a strictly confidential address. Send the header Look-Reason with the reason (10 to 1000 characters, \
          percent-encoded UTF-8). It lies sealed in the access log."];
    UnknownField = "unknown-field", UNPROCESSABLE_ENTITY,
        ["Forespørselen har et ukjent felt", "The request has an unknown field"],
        ["Ukjente felter avvises, så ingenting går tapt i stillhet. Fjern feltet eller rett navnet.",
         "Unknown fields are refused, so that nothing is lost in silence. Remove the field or correct its name."];
    UnknownParameter = "unknown-parameter", UNPROCESSABLE_ENTITY,
        ["Adressen har en ukjent parameter", "The address has an unknown parameter"],
        ["Ukjente parametere avvises, så et filter aldri blir oversett. Fjern parameteren eller rett navnet.",
         "Unknown parameters are refused, so that no filter is ever overlooked. Remove the parameter or correct its name."];
    InvalidCursor = "invalid-cursor", UNPROCESSABLE_ENTITY,
        ["Markøren gjelder ikke", "The cursor is not valid"],
        ["Bruk nextCursor fra forrige svar, med de samme filtrene, eller start listen på nytt.",
         "Use nextCursor of the previous answer with the same filters, or start the list anew."];
    IdempotencyKeyReused = "idempotency-key-reused", UNPROCESSABLE_ENTITY,
        ["Nøkkelen er brukt til noe annet", "The key was used for something else"],
        ["Idempotency-Key er allerede brukt med et annet innhold. Lag en ny nøkkel for en ny forespørsel.",
         "The Idempotency-Key was used with another body. Make a new key for a new request."];
    PreconditionRequired = "precondition-required", PRECONDITION_REQUIRED,
        ["If-Match mangler", "If-Match is missing"],
        ["Send If-Match med ETag fra siste lesing, så ingen overskriver andres endring.",
         "Send If-Match with the ETag of your last reading, so that nobody overwrites another's change."];
    TooManyAttempts = "too-many-attempts", TOO_MANY_REQUESTS,
        ["For mange forsøk", "Too many attempts"],
        ["Vent så lenge som Retry-After sier, og prøv igjen.", "Wait as long as Retry-After says and try again."];
    Internal = "internal-error", INTERNAL_SERVER_ERROR,
        ["Noe gikk galt hos oss", "Something went wrong on our side"],
        ["Ingenting er bekreftet. Prøv igjen, og oppgi requestId hvis det fortsetter.",
         "Nothing has been confirmed. Try again, and give the requestId if it goes on."];
    Unavailable = "unavailable", SERVICE_UNAVAILABLE,
        ["Tjenesten er midlertidig utilgjengelig", "The service is unavailable for the moment"],
        ["Ingenting ble lagret. Vent så lenge som Retry-After sier, og send forespørselen uendret på nytt.",
         "Nothing was stored. Wait as long as Retry-After says and send the request again unchanged."];
    LookNotLogged = "look-not-logged", SERVICE_UNAVAILABLE,
        ["Oppslaget kunne ikke loggføres", "The look could not be logged"],
        ["Ingenting vises før oppslaget står i tilgangsloggen. Vent så lenge som Retry-After sier, og prøv igjen.",
         "Nothing is shown before the look stands in the access log. Wait as long as Retry-After says and try again."];
    OutcomeUnknown = "outcome-unknown", SERVICE_UNAVAILABLE,
        ["Det er uvisst om dette ble lagret", "It is unknown whether this was stored"],
        ["Forbindelsen til databasen ble brutt under lagringen. Send forespørselen uendret på nytt med samme Idempotency-Key.",
         "The line to the database broke while it stored. Send the request again unchanged, with the same Idempotency-Key."];
}

/// What can be wrong with one field, beside what the engine's rules say of it.
pub mod field_code {
    /// A field that must be there is not.
    pub const REQUIRED: &str = "required";
    /// A field that does not exist.
    pub const UNKNOWN_FIELD: &str = "unknown-field";
    /// A number where a text is wanted, and the like.
    pub const WRONG_TYPE: &str = "wrong-type";
    /// A code that its list does not have.
    pub const UNKNOWN_CODE: &str = "unknown-code";
    /// The type fits, the value does not.
    pub const INVALID_VALUE: &str = "invalid-value";
    /// The same field twice.
    pub const REPEATED: &str = "repeated";
}
