//! Every closed list of codes, each code with its words in Norwegian (bokmål) and English.
//!
//! A code is what stands in the API, in the database and in a definition file; it is kebab-case and never changes its
//! meaning. The words may.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The two languages that every text exists in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// Norwegian bokmål, the first language of the product.
    #[default]
    Nb,
    /// English.
    En,
}

impl Language {
    /// The language tag of RFC 5646.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nb => "nb",
            Self::En => "en",
        }
    }
}

impl std::str::FromStr for Language {
    type Err = UnknownCode;

    fn from_str(code: &str) -> Result<Self, UnknownCode> {
        match code {
            "nb" => Ok(Self::Nb),
            "en" => Ok(Self::En),
            _ => Err(UnknownCode {
                list: "language",
                allowed: vec!["nb", "en"],
            }),
        }
    }
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Norwegian bokmål.
    pub nb: String,
    /// English.
    pub en: String,
}

impl Text {
    /// A text from its two wordings.
    pub fn new(nb: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            nb: nb.into(),
            en: en.into(),
        }
    }

    /// The wording in one language.
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Nb => &self.nb,
            Language::En => &self.en,
        }
    }
}

/// A code that its list does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a code of the list {list}; allowed: {}", allowed.join(", "))]
pub struct UnknownCode {
    /// The list's name.
    pub list: &'static str,
    /// What the list has.
    pub allowed: Vec<&'static str>,
}

/// A closed list of codes. Implemented by the lists of this crate only.
pub trait Code: Copy + Sized + 'static {
    /// The list's name, kebab-case.
    const LIST: &'static str;
    /// All codes in their natural order.
    const ALL: &'static [Self];
    /// The code as it is written everywhere.
    fn as_str(self) -> &'static str;
    /// The words in one language.
    fn title(self, language: Language) -> &'static str;
}

/// Declares a closed list: variant, code, words in Norwegian, words in English.
macro_rules! codes {
    ($(#[$meta:meta])* $name:ident, $list:literal { $($variant:ident = $code:literal, $nb:literal, $en:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        pub enum $name {
            $(#[doc = $en] #[serde(rename = $code)] $variant,)+
        }

        impl $crate::vocabulary::Code for $name {
            const LIST: &'static str = $list;
            const ALL: &'static [Self] = &[$(Self::$variant,)+];

            fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            fn title(self, language: $crate::vocabulary::Language) -> &'static str {
                match (self, language) {
                    $((Self::$variant, $crate::vocabulary::Language::Nb) => $nb,
                      (Self::$variant, $crate::vocabulary::Language::En) => $en,)+
                }
            }
        }

        impl $name {
            /// The code as it is written everywhere.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                $crate::vocabulary::Code::as_str(self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::vocabulary::UnknownCode;

            fn from_str(code: &str) -> Result<Self, Self::Err> {
                match code {
                    $($code => Ok(Self::$variant),)+
                    _ => Err($crate::vocabulary::UnknownCode { list: $list, allowed: vec![$($code,)+] }),
                }
            }
        }
    };
}
pub(crate) use codes;

codes! {
    /// How soon somebody must act. Clocks have a limit for each.
    Urgency, "urgency" {
        Emergency = "emergency", "akutt", "emergency";
        Urgent = "urgent", "haster", "urgent";
        Routine = "routine", "ordinær", "routine";
    }
}

codes! {
    /// What the youth needs help with.
    Need, "need" {
        ChildProtection = "child-protection", "omsorg og beskyttelse", "care and protection";
        SubstanceUse = "substance-use", "rus", "substance use";
        MentalHealth = "mental-health", "psykisk helse", "mental health";
        SomaticHealth = "somatic-health", "fysisk helse", "physical health";
        SexualHealth = "sexual-health", "seksuell helse", "sexual health";
        Shelter = "shelter", "et sted å være", "shelter";
        Housing = "housing", "bolig", "housing";
        Economy = "economy", "økonomi", "money";
        SchoolWork = "school-work", "skole og arbeid", "school and work";
        Family = "family", "familie", "family";
        Violence = "violence", "vold og overgrep", "violence and abuse";
        Trafficking = "trafficking", "menneskehandel", "trafficking";
        Exploitation = "exploitation", "utnytting", "exploitation";
        Crime = "crime", "kriminalitet", "crime";
        ResidencePermit = "residence-permit", "oppholdstillatelse", "right to stay";
        Missing = "missing", "savnet", "missing";
        Leisure = "leisure", "fritid og nettverk", "leisure and network";
        Guidance = "guidance", "råd og veiledning", "guidance";
    }
}

codes! {
    /// What kind of agency it is; definitions say which kinds may send and receive.
    AgencyKind, "agency-kind" {
        Outreach = "outreach", "oppsøkende tjeneste", "outreach service";
        ChildWelfare = "child-welfare", "barnevern", "child welfare";
        District = "district", "bydel", "city district";
        Municipality = "municipality", "kommune", "municipality";
        SpecialistHealth = "specialist-health", "spesialisthelsetjeneste", "specialist health service";
        EmergencyHealth = "emergency-health", "legevakt", "emergency health service";
        Immigration = "immigration", "utlendingsmyndighet", "immigration authority";
        ReceptionCentre = "reception-centre", "mottak", "reception centre";
        Police = "police", "politi", "police";
        Ngo = "ngo", "ideell organisasjon", "non-profit organisation";
        UserOrganisation = "user-organisation", "bruker- og pårørendeorganisasjon", "user and next-of-kin organisation";
    }
}

codes! {
    /// What a person may be in an agency, or across agencies.
    Role, "role" {
        Worker = "worker", "saksbehandler", "caseworker";
        Lead = "lead", "leder", "lead";
        AgencyAdmin = "agency-admin", "enhetsadministrator", "agency administrator";
        Integration = "integration", "integrasjon", "integration";
        Coordinator = "coordinator", "koordinator", "coordinator";
        Auditor = "auditor", "revisor", "auditor";
        SystemAdmin = "system-admin", "systemadministrator", "system administrator";
    }
}

codes! {
    /// Where a referral stands; derived from its hand-offs.
    ReferralState, "referral-state" {
        Draft = "draft", "kladd", "draft";
        Active = "active", "aktiv", "active";
        OnHold = "on-hold", "på vent", "on hold";
        AllocationDisputed = "allocation-disputed", "uenighet om ansvar", "allocation disputed";
        Completed = "completed", "fullført", "completed";
        Revoked = "revoked", "avsluttet uten videre oppfølging", "revoked";
        EnteredInError = "entered-in-error", "feilregistrert", "entered in error";
    }
}

impl ReferralState {
    /// Whether nothing more can happen.
    #[must_use]
    pub const fn is_end(self) -> bool {
        match self {
            Self::Completed | Self::Revoked | Self::EnteredInError => true,
            Self::Draft | Self::Active | Self::OnHold | Self::AllocationDisputed => false,
        }
    }
}

codes! {
    /// Where one hand-off stands. A profile's own steps each map to one of these. The FHIR R4 Task status of each is
    /// [`HandoffState::fhir_task_status`].
    HandoffState, "handoff-state" {
        Draft = "draft", "kladd", "draft";
        Sent = "sent", "sendt", "sent";
        Acknowledged = "acknowledged", "mottatt", "acknowledged";
        InfoRequested = "info-requested", "ber om opplysninger", "information requested";
        Accepted = "accepted", "akseptert", "accepted";
        InProgress = "in-progress", "under arbeid", "in progress";
        OnHold = "on-hold", "på vent", "on hold";
        Declined = "declined", "avslått", "declined";
        ReturnedWithAdvice = "returned-with-advice", "returnert med råd", "returned with advice";
        Forwarded = "forwarded", "videresendt", "forwarded";
        Withdrawn = "withdrawn", "trukket tilbake", "withdrawn";
        EndedEarly = "ended-early", "avbrutt", "ended early";
        Completed = "completed", "fullført", "completed";
        EnteredInError = "entered-in-error", "feilregistrert", "entered in error";
    }
}

impl HandoffState {
    /// Whether this attempt to pass the baton is over.
    #[must_use]
    pub const fn is_end(self) -> bool {
        match self {
            Self::Declined
            | Self::ReturnedWithAdvice
            | Self::Forwarded
            | Self::Withdrawn
            | Self::EndedEarly
            | Self::Completed
            | Self::EnteredInError => true,
            Self::Draft
            | Self::Sent
            | Self::Acknowledged
            | Self::InfoRequested
            | Self::Accepted
            | Self::InProgress
            | Self::OnHold => false,
        }
    }

    /// Whether the receiver has taken the baton.
    #[must_use]
    pub const fn is_taken(self) -> bool {
        matches!(self, Self::Accepted | Self::InProgress | Self::OnHold)
    }

    /// The status of a FHIR R4 Task in this state.
    #[must_use]
    pub const fn fhir_task_status(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Sent => "requested",
            Self::Acknowledged | Self::InfoRequested => "received",
            Self::Accepted => "accepted",
            Self::InProgress => "in-progress",
            Self::OnHold => "on-hold",
            Self::Declined | Self::ReturnedWithAdvice | Self::Forwarded => "rejected",
            Self::Withdrawn => "cancelled",
            Self::EndedEarly => "failed",
            Self::Completed => "completed",
            Self::EnteredInError => "entered-in-error",
        }
    }
}

codes! {
    /// What somebody can do with a referral.
    Action, "action" {
        Send = "send", "Send", "Send";
        Acknowledge = "acknowledge", "Bekreft mottatt", "Acknowledge";
        RequestInfo = "request-info", "Be om opplysninger", "Ask for information";
        AnswerInfo = "answer-info", "Gi opplysninger", "Give information";
        Accept = "accept", "Aksepter", "Accept";
        Decline = "decline", "Avslå", "Decline";
        ReturnWithAdvice = "return-with-advice", "Returner med råd", "Return with advice";
        Forward = "forward", "Send videre", "Forward";
        Withdraw = "withdraw", "Trekk tilbake", "Withdraw";
        Start = "start", "Start arbeidet", "Start work";
        Complete = "complete", "Fullfør", "Complete";
        EndEarly = "end-early", "Avbryt", "End early";
        HandOff = "hand-off", "Overlever på nytt", "Hand off anew";
        Revoke = "revoke", "Avslutt uten videre oppfølging", "Revoke";
        Assign = "assign", "Tildel", "Assign";
        Hold = "hold", "Sett på vent", "Put on hold";
        Resume = "resume", "Fortsett", "Resume";
        GiveFeedback = "give-feedback", "Gi tilbakemelding", "Give feedback";
        Dismiss = "dismiss", "Henlegg", "Dismiss";
        Conclude = "conclude", "Konkluder", "Conclude";
        RequestReturn = "request-return", "Be om å få returnere", "Ask to return";
        AcceptReturn = "accept-return", "Ta tilbake", "Accept the return";
        RefuseReturn = "refuse-return", "Avslå retur", "Refuse the return";
        ReportFound = "report-found", "Meld funnet", "Report found";
        RequestWithdrawal = "request-withdrawal", "Be om at den avsluttes", "Ask for withdrawal";
        RequestTakeover = "request-takeover", "Be om å få overta", "Ask to take over";
        Dispute = "dispute", "Meld uenighet om ansvar", "Dispute the allocation";
        Allocate = "allocate", "Avgjør ansvar", "Allocate";
        MarkError = "mark-error", "Marker som feilregistrert", "Mark as entered in error";
        Reopen = "reopen", "Gjenåpne", "Reopen";
        WithdrawConsent = "withdraw-consent", "Meld at samtykket er trukket", "Report the consent withdrawn";
        Undo = "undo", "Angre", "Undo";
    }
}

codes! {
    /// Why an agency may pass on what it knows. The reference of each is [`LegalBasisCode::reference`].
    LegalBasisCode, "legal-basis" {
        Consent = "consent", "samtykke", "consent";
        DutyToReport = "duty-to-report", "meldeplikt", "duty to report";
        OrderToDisclose = "order-to-disclose", "pålegg", "order to disclose";
        RightToDisclose = "right-to-disclose", "opplysningsrett", "right to disclose";
        DangerToLife = "danger-to-life", "fare for liv og helse", "danger to life and health";
        DutyToAvert = "duty-to-avert", "avvergingsplikt", "duty to avert";
        Necessity = "necessity", "nødrett", "necessity";
        AnonymousConsultation = "anonymous-consultation", "anonymisert drøfting", "anonymous consultation";
    }
}

impl LegalBasisCode {
    /// The statute: fvl = forvaltningsloven, hpl = helsepersonelloven, bvl = barnevernsloven, utl = utlendingsloven,
    /// strl = straffeloven.
    #[must_use]
    pub const fn reference(self) -> &'static str {
        match self {
            Self::Consent => "fvl § 13 a nr 1; hpl § 22",
            Self::DutyToReport => "bvl § 13-2; hpl § 33; sosialtjl § 45",
            Self::OrderToDisclose => "bvl § 13-4; utl § 84",
            Self::RightToDisclose => "fvl § 13 b nr 2, 5; bvl § 13-1; hpl § 25",
            Self::DangerToLife => "fvl § 13 b nr 7; hpl §§ 23, 31",
            Self::DutyToAvert => "strl § 196",
            Self::Necessity => "strl § 17",
            Self::AnonymousConsultation => "fvl § 13 a nr 2",
        }
    }
}

codes! {
    /// Who consented, when the basis is consent.
    ConsentGiver, "consent-giver" {
        Youth = "youth", "den unge", "the youth";
        Guardians = "guardians", "foresatte", "the guardians";
    }
}

codes! {
    /// What came back of a hand-off first. Every hand-off that was sent is in just one of these ways.
    Answer, "answer" {
        Accepted = "accepted", "akseptert", "accepted";
        Declined = "declined", "avslått", "declined";
        Returned = "returned-with-advice", "returnert med råd", "returned with advice";
        Forwarded = "forwarded", "videresendt", "forwarded";
        Withdrawn = "withdrawn", "trukket tilbake før svar", "withdrawn before an answer";
        Unanswered = "unanswered", "ubesvart", "unanswered";
    }
}

impl Answer {
    /// Whether the receiver gave it.
    #[must_use]
    pub const fn is_given(self) -> bool {
        match self {
            Self::Accepted | Self::Declined | Self::Returned | Self::Forwarded => true,
            Self::Withdrawn | Self::Unanswered => false,
        }
    }
}

codes! {
    /// Why a hand-off is declined.
    DeclineCode, "decline-code" {
        WrongReceiver = "wrong-receiver", "feil mottaker", "wrong receiver";
        NotInTargetGroup = "not-in-target-group", "ikke i målgruppen", "not in the target group";
        OutsideDistrict = "outside-district", "utenfor bydelen", "outside the district";
        NoCapacity = "no-capacity", "ikke kapasitet", "no capacity";
        AlreadyFollowedUp = "already-followed-up", "følges allerede opp", "already followed up";
        InsufficientInformation = "insufficient-information", "for få opplysninger", "insufficient information";
        Other = "other", "annet", "other";
    }
}

codes! {
    /// What came of a hand-off, or why it ended early.
    OutcomeCode, "outcome" {
        ServiceDelivered = "service-delivered", "hjelp gitt", "service delivered";
        PartlyDelivered = "partly-delivered", "delvis hjelp gitt", "partly delivered";
        CouldNotReach = "could-not-reach", "fikk ikke kontakt", "could not reach";
        NotEligible = "not-eligible", "fyller ikke vilkårene", "not eligible";
        NoCapacity = "no-capacity", "ikke kapasitet", "no capacity";
        DeclinedByYouthOrGuardian = "declined-by-youth-or-guardian", "den unge eller foresatte takket nei", "declined by youth or guardian";
        Moved = "moved", "flyttet", "moved";
        ReferredElsewhere = "referred-elsewhere", "formidlet til andre", "referred elsewhere";
        Other = "other", "annet", "other";
    }
}

codes! {
    /// Why work waits.
    HoldCode, "hold-code" {
        AwaitingInformation = "awaiting-information", "venter på opplysninger", "awaiting information";
        AwaitingOtherService = "awaiting-other-service", "venter på en annen tjeneste", "awaiting another service";
        YouthNotReached = "youth-not-reached", "får ikke kontakt med den unge", "the youth cannot be reached";
        YouthWishes = "youth-wishes", "den unge ønsker å vente", "the youth wishes to wait";
        NoCapacity = "no-capacity", "ikke kapasitet nå", "no capacity now";
        Other = "other", "annet", "other";
    }
}

codes! {
    /// The register's code for a concern report that is not investigated (barnevernsregisteret; 1 was split into 5–10 on
    /// 1 January 2026).
    RegisterCode, "register-code" {
        MeasuresAlreadyActive = "measures-already-active", "3: har allerede tiltak", "3: measures already active";
        InvestigationAlreadyOpen = "investigation-already-open", "4: undersøkelse pågår allerede", "4: investigation already open";
        Abroad = "abroad", "5: oppholder seg i utlandet", "5: abroad";
        WhereaboutsUnknown = "whereabouts-unknown", "6: ukjent oppholdssted", "6: whereabouts unknown";
        OtherMunicipality = "other-municipality", "7: annen kommune", "7: other municipality";
        OtherAgency = "other-agency", "8: annen instans", "8: other agency";
        OtherAct = "other-act", "9: annet lovverk", "9: other act";
        OtherReasons = "other-reasons", "10: andre grunner", "10: other reasons";
    }
}

codes! {
    /// How an investigation ends (bvl § 2-5).
    ConclusionCode, "conclusion-code" {
        VoluntaryMeasures = "voluntary-measures", "hjelpetiltak med samtykke", "voluntary measures";
        Petition = "petition", "begjæring om tiltak", "petition for measures";
        NoGrounds = "no-grounds", "henlagt, vilkårene er ikke oppfylt", "dismissed, no grounds";
        HelpRefused = "help-refused", "henlagt, familien takket nei", "dismissed, the family refused help";
        Moved = "moved", "henlagt, barnet har flyttet", "dismissed, the child has moved";
        Other = "other", "annet", "other";
    }
}

codes! {
    /// What a person is told by mail. The wording is notify's.
    Notice, "notice" {
        NewReferral = "new-referral", "ny formidling", "new referral";
        ForwardedToYou = "forwarded-to-you", "formidling videresendt til dere", "referral forwarded to you";
        Acknowledged = "acknowledged", "mottak bekreftet", "acknowledged";
        InformationRequested = "information-requested", "mottaker ber om opplysninger", "information requested";
        InformationGiven = "information-given", "opplysninger gitt", "information given";
        Accepted = "accepted", "akseptert", "accepted";
        Declined = "declined", "avslått", "declined";
        ReturnedWithAdvice = "returned-with-advice", "returnert med råd", "returned with advice";
        Forwarded = "forwarded", "videresendt", "forwarded";
        Withdrawn = "withdrawn", "trukket tilbake", "withdrawn";
        Started = "started", "arbeidet er i gang", "work has started";
        Completed = "completed", "fullført", "completed";
        EndedEarly = "ended-early", "avbrutt", "ended early";
        BatonReturned = "baton-returned", "stafettpinnen er hos dere igjen", "the baton is back with you";
        Assigned = "assigned", "tildelt", "assigned";
        Message = "message", "ny melding", "new message";
        Revoked = "revoked", "avsluttet uten videre oppfølging", "revoked";
        OnHold = "on-hold", "satt på vent", "put on hold";
        Resumed = "resumed", "arbeidet fortsetter", "work resumes";
        Feedback = "feedback", "tilbakemelding fra mottaker", "feedback from the receiver";
        Dismissed = "dismissed", "gjennomgang avsluttet", "review closed";
        Concluded = "concluded", "undersøkelse konkludert", "investigation concluded";
        ReturnRequested = "return-requested", "mottaker ber om å få returnere", "the receiver asks to return it";
        ReturnAccepted = "return-accepted", "retur akseptert", "return accepted";
        ReturnRefused = "return-refused", "retur avslått", "return refused";
        Found = "found", "meldt funnet", "reported found";
        WithdrawalRequested = "withdrawal-requested", "avsender ber om at den avsluttes", "the sender asks for withdrawal";
        TakeoverRequested = "takeover-requested", "en annen enhet ber om å få overta", "another agency asks to take over";
        Disputed = "disputed", "uenighet om ansvar", "allocation disputed";
        Allocated = "allocated", "ansvar avgjort", "responsibility decided";
        EnteredInError = "entered-in-error", "feilregistrert", "entered in error";
        Reopened = "reopened", "gjenåpnet", "reopened";
        Undone = "undone", "siste handling er angret", "the last action was undone";
        ConsentWithdrawn = "consent-withdrawn", "samtykket er trukket tilbake", "the consent was withdrawn";
        Reminder = "reminder", "purring", "reminder";
        Warning = "warning", "fristen nærmer seg", "deadline is near";
        Breach = "breach", "fristen er brutt", "deadline missed";
        WebhookDisabled = "webhook-disabled", "en webhook er slått av", "a webhook was switched off";
        Undelivered = "undelivered", "en e-post er ikke levert", "a mail was not delivered";
        CoordinatorProposed = "coordinator-proposed", "dere er bedt om å koordinere en sak", "asked to coordinate a case";
        CoordinationAccepted = "coordination-accepted", "ny koordinator for saken", "the case has a new coordinator";
        CoordinationDeclined = "coordination-declined", "takket nei til å koordinere saken", "the coordination was declined";
        CaseReferralAdded = "case-referral-added", "formidling lagt i en sak", "referral added to a case";
        CaseClosed = "case-closed", "saken er avsluttet", "the case is closed";
        CaseMerged = "case-merged", "saken er slått sammen med en annen", "the case was merged with another";
        CaseSplit = "case-split", "saken er delt opp igjen", "the case was split again";
        GlassAsked = "glass-asked", "nødtilgang bedt om", "break-glass asked for";
        GlassBroken = "glass-broken", "nødtilgang tatt i bruk", "glass broken";
        GlassUnreviewed = "glass-unreviewed", "nødtilgang ikke gjennomgått", "break-glass not reviewed";
        PersonRectified = "person-rectified", "opplysninger om den unge er rettet", "what is registered about the youth was corrected";
        AgreementProposed = "agreement-proposed", "avtale foreslått", "agreement proposed";
        AgreementApproved = "agreement-approved", "avtale godkjent", "agreement approved";
        AgreementRejected = "agreement-rejected", "avtale avvist", "agreement rejected";
        AgreementWithdrawn = "agreement-withdrawn", "forslag til avtale trukket tilbake", "proposed agreement withdrawn";
        AgreementEnded = "agreement-ended", "avtale avsluttet", "agreement ended";
        MailboxTest = "mailbox-test", "prøve av postkassen", "test of the mailbox";
    }
}

impl Notice {
    /// Whether it is about what agencies keep, and so about no youth at all.
    #[must_use]
    pub const fn is_of_setup(self) -> bool {
        matches!(
            self,
            Self::AgreementProposed
                | Self::AgreementApproved
                | Self::AgreementRejected
                | Self::AgreementWithdrawn
                | Self::AgreementEnded
                | Self::MailboxTest
        )
    }
}

codes! {
    /// Where a case stands.
    CaseState, "case-state" {
        Open = "open", "åpen", "open";
        Closed = "closed", "avsluttet", "closed";
        Merged = "merged", "slått sammen med en annen", "merged into another";
    }
}

codes! {
    /// What may be done with a case.
    CaseAction, "case-action" {
        ProposeCoordinator = "propose-coordinator", "Foreslå ny koordinator", "Propose a new coordinator";
        AcceptCoordination = "accept-coordination", "Ta over koordineringen", "Take over the coordination";
        DeclineCoordination = "decline-coordination", "Takk nei til koordineringen", "Decline the coordination";
        AssignCoordinator = "assign-coordinator", "Velg hvem som koordinerer hos oss", "Choose who coordinates with us";
        Close = "close", "Avslutt saken", "Close the case";
        Reopen = "reopen", "Gjenåpne saken", "Reopen the case";
        ChangeNeeds = "change-needs", "Endre behov", "Change needs";
        AddReferral = "add-referral", "Legg til formidling", "Add a referral";
        Merge = "merge", "Slå sammen med en annen sak", "Merge with another case";
        Split = "split", "Del opp igjen", "Split again";
    }
}

codes! {
    /// Who has taken one need of a case.
    CoverState, "cover" {
        Taken = "taken", "tatt", "taken";
        Waiting = "waiting", "venter på svar", "waiting for an answer";
        CameBack = "came-back", "kom tilbake", "came back";
        Met = "met", "dekket", "met";
        Ended = "ended", "avsluttet uten å være dekket", "ended without being met";
        Nobody = "nobody", "ingen har den", "nobody has it";
    }
}

impl CoverState {
    /// Whether somebody must be found.
    #[must_use]
    pub const fn is_uncovered(self) -> bool {
        match self {
            Self::CameBack | Self::Nobody => true,
            Self::Taken | Self::Waiting | Self::Met | Self::Ended => false,
        }
    }
}

codes! {
    /// Who hears of a limit: a link of its escalation chain.
    Escalation, "escalation" {
        ReceiverUnit = "receiver-unit", "mottakeren", "the receiver's unit";
        ReceiverLead = "receiver-lead", "lederen hos mottakeren", "the receiver's lead";
        SenderUnit = "sender-unit", "avsenderen", "the sender's unit";
        SenderLead = "sender-lead", "lederen hos avsenderen", "the sender's lead";
        HolderUnit = "holder-unit", "enheten som har stafettpinnen", "the unit that holds the baton";
        HolderLead = "holder-lead", "lederen der stafettpinnen er", "the lead where the baton is";
        Coordinator = "coordinator", "kommunens koordinator", "the municipality's coordinator";
    }
}

impl Escalation {
    /// Whether it is the agency's leads who hear, and not its mailbox.
    #[must_use]
    pub const fn is_lead(self) -> bool {
        matches!(self, Self::ReceiverLead | Self::SenderLead | Self::HolderLead)
    }
}

codes! {
    /// What is particular about the youth's situation.
    PersonFlag, "person-flag" {
        Missing = "missing", "savnet", "missing";
        Runaway = "runaway", "på rømmen", "runaway";
        UnaccompaniedMinor = "unaccompanied-minor", "enslig mindreårig", "unaccompanied minor";
        SuspectedTrafficking = "suspected-trafficking", "mistanke om menneskehandel", "suspected trafficking";
        OpenDrugScene = "open-drug-scene", "i åpent rusmiljø", "in an open drug scene";
        AcuteDanger = "acute-danger", "akutt fare", "acute danger";
        Pregnant = "pregnant", "gravid", "pregnant";
    }
}

codes! {
    /// Address protection (folkeregisterloven § 10-4: fortrolig, old code 7, and strengt fortrolig, old code 6).
    AddressProtection, "address-protection" {
        None = "none", "ingen", "none";
        Confidential = "confidential", "fortrolig", "confidential";
        StrictlyConfidential = "strictly-confidential", "strengt fortrolig", "strictly confidential";
    }
}

codes! {
    /// By which right somebody is in the country; unknown is normal, and nobody has to say.
    ResidenceStatus, "residence-status" {
        Citizen = "citizen", "norsk eller nordisk statsborger", "Norwegian or Nordic citizen";
        EeaCitizen = "eea-citizen", "EØS-borger", "EEA citizen";
        Permit = "permit", "oppholdstillatelse", "residence permit";
        AsylumSeeker = "asylum-seeker", "asylsøker", "asylum seeker";
        UnaccompaniedMinor = "unaccompanied-minor", "enslig mindreårig asylsøker", "unaccompanied minor seeking asylum";
        Undocumented = "undocumented", "uten lovlig opphold", "without legal residence";
        Unknown = "unknown", "ukjent", "unknown";
    }
}

codes! {
    /// Ages as the law and the services divide them: 12, when a child's view weighs heavily; 15, an own party in child
    /// welfare; 16, of age in matters of health; 18, of age; 23, when the shorter wait for specialist care ends; 25, when
    /// aftercare and most services for young people end.
    AgeBand, "age-band" {
        Under12 = "0-11", "0–11 år", "aged 0–11";
        From12 = "12-14", "12–14 år", "aged 12–14";
        Fifteen = "15", "15 år", "aged 15";
        From16 = "16-17", "16–17 år", "aged 16–17";
        From18 = "18-22", "18–22 år", "aged 18–22";
        From23 = "23-25", "23–25 år", "aged 23–25";
        Over25 = "over-25", "over 25 år", "over 25";
        Unknown = "unknown", "ukjent alder", "unknown age";
    }
}

impl AgeBand {
    /// The band of an age in whole years.
    #[must_use]
    pub const fn of(age: Option<u8>) -> Self {
        match age {
            None => Self::Unknown,
            Some(0..=11) => Self::Under12,
            Some(12..=14) => Self::From12,
            Some(15) => Self::Fifteen,
            Some(16..=17) => Self::From16,
            Some(18..=22) => Self::From18,
            Some(23..=25) => Self::From23,
            Some(_) => Self::Over25,
        }
    }

    /// Whether somebody in it may be under 18. Doubt is the child's: an unknown age counts as one that may be.
    #[must_use]
    pub const fn may_be_child(self) -> bool {
        match self {
            Self::Under12 | Self::From12 | Self::Fifteen | Self::From16 | Self::Unknown => true,
            Self::From18 | Self::From23 | Self::Over25 => false,
        }
    }
}

codes! {
    /// Whether a unit can take somebody in now, as it says itself.
    CapacityStatus, "capacity-status" {
        Open = "open", "har plass", "has room";
        Limited = "limited", "lite plass", "little room";
        Full = "full", "fullt", "full";
    }
}

codes! {
    /// What a unit adds to its capacity.
    CapacityNote, "capacity-note" {
        CallFirst = "call-first", "ring først", "call first";
        WaitingList = "waiting-list", "det er venteliste", "there is a waiting list";
        EmergenciesOnly = "emergencies-only", "bare akutte saker", "emergencies only";
        ShortStaffed = "short-staffed", "få på jobb", "short of staff";
        ClosedForIntake = "closed-for-intake", "tar ikke inn nye for tiden", "not taking in anybody for the time being";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_list<C: Code + std::fmt::Debug + PartialEq + std::str::FromStr + Serialize>() {
        for code in C::ALL {
            let text = code.as_str();
            assert!(
                text.chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
                "{}: {text}",
                C::LIST
            );
            assert_eq!(C::from_str(text).ok().as_ref(), Some(code));
            assert_eq!(serde_json::to_value(code).unwrap(), serde_json::Value::from(text));
            assert!(!code.title(Language::Nb).is_empty() && !code.title(Language::En).is_empty());
        }
        assert!(C::from_str("no-such-code").is_err());
    }

    #[test]
    fn every_code_is_kebab_case_and_reads_back_as_itself() {
        check_list::<Urgency>();
        check_list::<Need>();
        check_list::<AgencyKind>();
        check_list::<Role>();
        check_list::<ReferralState>();
        check_list::<HandoffState>();
        check_list::<Action>();
        check_list::<LegalBasisCode>();
        check_list::<ConsentGiver>();
        check_list::<Answer>();
        check_list::<DeclineCode>();
        check_list::<OutcomeCode>();
        check_list::<HoldCode>();
        check_list::<RegisterCode>();
        check_list::<ConclusionCode>();
        check_list::<Notice>();
        check_list::<PersonFlag>();
        check_list::<AddressProtection>();
        check_list::<ResidenceStatus>();
        check_list::<AgeBand>();
        check_list::<CapacityStatus>();
        check_list::<CapacityNote>();
    }
}
