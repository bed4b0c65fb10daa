//! What each notice says in Norwegian (bokmål).

use stafett_workflow::vocabulary::Notice;

use super::{Words, ask, tell};

pub(super) const fn words(notice: Notice) -> Words {
    match notice {
        Notice::NewReferral => ask(
            "Ny formidling venter svar",
            "Dere har fått en ny formidling.",
            "Åpne den, bekreft at den er mottatt, og gi svar.",
        ),
        Notice::ForwardedToYou => ask(
            "Videresendt formidling venter svar",
            "En formidling er videresendt til dere.",
            "Åpne den, bekreft at den er mottatt, og gi svar.",
        ),
        Notice::Acknowledged => tell(
            "Formidlingen er mottatt",
            "Mottakeren har bekreftet at formidlingen er mottatt.",
            "Dere har stafettpinnen til mottakeren har akseptert. Dere trenger ikke å gjøre noe nå, og får beskjed når svaret kommer.",
        ),
        Notice::InformationRequested => ask(
            "Mottakeren trenger opplysninger fra dere",
            "Mottakeren trenger flere opplysninger for å kunne svare.",
            "Les spørsmålet og svar i Stafett.",
        ),
        Notice::InformationGiven => ask(
            "Dere har fått opplysningene dere ba om",
            "Avsenderen har svart på spørsmålet deres.",
            "Les opplysningene og gi svar på formidlingen.",
        ),
        Notice::Accepted => tell(
            "Formidlingen er akseptert",
            "Mottakeren har akseptert formidlingen og har nå stafettpinnen.",
            "Dere trenger ikke å gjøre noe nå, og får beskjed når mottakeren er ferdig.",
        ),
        Notice::Declined => ask(
            "Formidlingen er avslått og venter på dere",
            "Mottakeren har avslått formidlingen. Dere har stafettpinnen.",
            "Les begrunnelsen. Send formidlingen til en annen mottaker, eller avslutt den med en begrunnelse.",
        ),
        Notice::ReturnedWithAdvice => ask(
            "Formidlingen er returnert og venter på dere",
            "Mottakeren har returnert formidlingen med råd. Dere har stafettpinnen.",
            "Les rådene. Send formidlingen til en annen mottaker, eller avslutt den med en begrunnelse.",
        ),
        Notice::Forwarded => tell(
            "Formidlingen er videresendt",
            "Mottakeren har sendt formidlingen videre til en ny mottaker.",
            "Dere har stafettpinnen til den nye mottakeren har akseptert. Dere trenger ikke å gjøre noe nå, og får beskjed når svaret kommer.",
        ),
        Notice::Withdrawn => tell(
            "Formidlingen er trukket tilbake",
            "Avsenderen har trukket formidlingen tilbake.",
            "Dere skal ikke svare på den, og trenger ikke å gjøre noe mer.",
        ),
        Notice::Started => tell(
            "Arbeidet er i gang",
            "Mottakeren har begynt å følge opp formidlingen.",
            "Dere trenger ikke å gjøre noe nå, og får beskjed når mottakeren er ferdig.",
        ),
        Notice::Completed => ask(
            "Formidlingen er fullført",
            "Mottakeren er ferdig, og formidlingen er avsluttet.",
            "Les tilbakemeldingen fra mottakeren.",
        ),
        Notice::EndedEarly => ask(
            "Oppfølgingen er avbrutt",
            "Mottakeren har avbrutt oppfølgingen før den var fullført.",
            "Les begrunnelsen. Er stafettpinnen hos dere, send formidlingen til en ny mottaker eller avslutt den med en begrunnelse.",
        ),
        Notice::BatonReturned => ask(
            "Stafettpinnen er hos dere igjen",
            "Formidlingen har ingen mottaker nå. Dere har stafettpinnen.",
            "Send formidlingen til en ny mottaker, eller avslutt den med en begrunnelse.",
        ),
        Notice::Assigned => ask(
            "En formidling er tildelt hos dere",
            "Formidlingen har fått en ansvarlig saksbehandler hos dere.",
            "Åpne formidlingen, se hvem som har den, og gjør neste steg.",
        ),
        Notice::Message => ask(
            "Ny melding i en formidling",
            "Dere har fått en ny melding i formidlingen.",
            "Les meldingen, og svar i Stafett hvis det trengs.",
        ),
        Notice::CoordinatorProposed => ask(
            "Dere er bedt om å koordinere en sak",
            "En annen enhet ber dere om å koordinere en sak som dere deltar i.",
            "Åpne saken, og ta over koordineringen eller takk nei. Den andre enheten koordinerer til dere har svart.",
        ),
        Notice::CoordinationAccepted => tell(
            "Saken har fått ny koordinator",
            "Enheten som dere spurte, har tatt over koordineringen av saken.",
            "Dere trenger ikke å gjøre noe nå. Formidlingene i saken er der de var.",
        ),
        Notice::CoordinationDeclined => ask(
            "Nei til å koordinere saken",
            "Enheten som dere spurte, har takket nei. Dere koordinerer fortsatt saken.",
            "Les begrunnelsen i saken. Spør en annen om dere ikke kan fortsette.",
        ),
        Notice::CaseReferralAdded => tell(
            "En formidling er lagt i en sak",
            "En formidling som dere kjenner til, er lagt i en sak.",
            "Dere trenger ikke å gjøre noe nå. I saken ser dere hvem som koordinerer.",
        ),
        Notice::CaseClosed => tell(
            "Saken er avsluttet",
            "Den som koordinerte saken, har avsluttet den.",
            "Dere trenger ikke å gjøre noe nå. En formidling som ikke er avsluttet, løper som før.",
        ),
        Notice::CaseMerged => tell(
            "Saken er slått sammen med en annen",
            "To saker er slått sammen til én.",
            "Dere trenger ikke å gjøre noe nå. Ingen ser mer enn før. Hører de ikke sammen, kan de deles opp igjen.",
        ),
        Notice::CaseSplit => tell(
            "Saken er delt opp igjen",
            "To saker som var slått sammen, er delt opp igjen.",
            "Dere trenger ikke å gjøre noe nå. Hver sak er som før den ble slått sammen.",
        ),
        Notice::GlassAsked => ask(
            "Noen ber om nødtilgang",
            "Noen utenfor formidlingen ber om å få åpne den i en nødssituasjon, og venter på at en leder hos dere sier ja eller nei.",
            "Les hvorfor under Nødtilgang i Stafett, og svar med en gang.",
        ),
        Notice::GlassBroken => ask(
            "Nødtilgang er tatt i bruk",
            "Noen utenfor formidlingen har åpnet den i en nødssituasjon. Tilgangen varer en begrenset tid.",
            "Les hvem og hvorfor under Nødtilgang i Stafett, og gjennomgå det. Var det ikke nødvendig, stanser tilgangen med en gang.",
        ),
        Notice::GlassUnreviewed => ask(
            "Nødtilgang er ikke gjennomgått",
            "Noen åpnet formidlingen i en nødssituasjon, og fristen for å gjennomgå det er ute.",
            "Gjennomgå det under Nødtilgang i Stafett. Dere får ny beskjed til det er gjort.",
        ),
        Notice::PersonRectified => ask(
            "Opplysninger i formidlingen er rettet",
            "Noe som var registrert i formidlingen, var ikke riktig og er rettet.",
            "Åpne formidlingen, se hva som gjelder nå, og rett det hos dere også.",
        ),
        Notice::AgreementProposed => ask(
            "Forslag til avtale om frister venter svar",
            "En enhet som dere samarbeider med, har foreslått en avtale om frister.",
            "Les fristene i oppsettet, og godkjenn eller avvis forslaget. Til dere har svart, gjelder fristene som før.",
        ),
        Notice::AgreementApproved => tell(
            "Avtalen om frister er godkjent",
            "Den andre parten har godkjent avtalen om frister som dere foreslo.",
            "Dere trenger ikke å gjøre noe nå. Det som alt er sendt, beholder fristene det ble sendt med.",
        ),
        Notice::AgreementRejected => ask(
            "Forslaget til avtale om frister er avvist",
            "Den andre parten har avvist avtalen om frister som dere foreslo.",
            "Fristene er som før. Snakk med den andre parten før dere foreslår nye.",
        ),
        Notice::AgreementWithdrawn => tell(
            "Forslaget til avtale om frister er trukket tilbake",
            "Enheten som foreslo en avtale om frister, har trukket forslaget tilbake.",
            "Dere skal ikke svare på det. Fristene er som før.",
        ),
        Notice::AgreementEnded => ask(
            "Avtalen om frister er avsluttet",
            "Den andre parten har avsluttet avtalen om frister.",
            "Si fra til dem hos dere som det gjelder. Det som alt er sendt, beholder fristene sine; det som sendes fra nå av, følger arbeidsflyten.",
        ),
        Notice::MailboxTest => tell(
            "Prøve av postkassen",
            "Dette er en prøve. Noen hos dere har bedt om den i oppsettet.",
            "Leser dere dette, kommer varslene fram, og dere trenger ikke å gjøre noe. Ingen formidling venter.",
        ),
        Notice::Revoked => tell(
            "Formidlingen er avsluttet",
            "Formidlingen er avsluttet uten videre oppfølging.",
            "Dere trenger ikke å gjøre noe mer. Begrunnelsen står i Stafett.",
        ),
        Notice::OnHold => tell(
            "Formidlingen er satt på vent",
            "Mottakeren har satt arbeidet på vent.",
            "Begrunnelsen står i Stafett. Mottakeren har fortsatt stafettpinnen, og dere får beskjed når arbeidet fortsetter.",
        ),
        Notice::Resumed => tell(
            "Arbeidet fortsetter",
            "Mottakeren har tatt opp igjen arbeidet.",
            "Dere trenger ikke å gjøre noe nå, og får beskjed når mottakeren er ferdig.",
        ),
        Notice::Feedback => ask(
            "Tilbakemelding fra mottakeren",
            "Mottakeren har gitt dere en tilbakemelding.",
            "Les tilbakemeldingen.",
        ),
        Notice::Dismissed => ask(
            "Gjennomgangen er avsluttet",
            "Mottakeren har avsluttet gjennomgangen.",
            "Les hva mottakeren kom til. Dere får en tilbakemelding til slutt.",
        ),
        Notice::Concluded => ask(
            "Mottakeren har konkludert",
            "Mottakeren har konkludert i saken.",
            "Les hva mottakeren kom til. Dere får en tilbakemelding til slutt.",
        ),
        Notice::ReturnRequested => ask(
            "Mottakeren ber om å få returnere",
            "Mottakeren ber dere ta ansvaret tilbake, men har fortsatt stafettpinnen.",
            "Les begrunnelsen, og ta ansvaret tilbake eller avslå.",
        ),
        Notice::ReturnAccepted => tell(
            "Ansvaret er tatt tilbake",
            "Avsenderen har tatt ansvaret tilbake og har stafettpinnen.",
            "Dere trenger ikke å gjøre noe mer.",
        ),
        Notice::ReturnRefused => ask(
            "Returen er avslått",
            "Avsenderen har avslått å ta ansvaret tilbake. Dere har fortsatt stafettpinnen.",
            "Les begrunnelsen og fortsett arbeidet. Er dere uenige, kan kommunen avgjøre ansvaret.",
        ),
        Notice::Found => ask(
            "Meldt funnet",
            "Avsenderen har meldt at den som var savnet, er funnet.",
            "Les meldingen og avslutt det dere har satt i gang.",
        ),
        Notice::WithdrawalRequested => ask(
            "Avsenderen ber om at den avsluttes",
            "Avsenderen ber dere avslutte formidlingen. Det er dere som bestemmer.",
            "Les begrunnelsen, og avslutt formidlingen eller gi avsenderen beskjed.",
        ),
        Notice::TakeoverRequested => ask(
            "En annen enhet ber om å få overta",
            "En annen enhet ber om å få overta formidlingen.",
            "Les begrunnelsen, og svar i Stafett.",
        ),
        Notice::Disputed => ask(
            "Uenighet om ansvaret",
            "Partene er uenige om hvem som har ansvaret. Kommunens koordinator avgjør det.",
            "Stafettpinnen blir hos den som har den til det er avgjort. Les begrunnelsen.",
        ),
        Notice::Allocated => ask(
            "Ansvaret er avgjort",
            "Kommunens koordinator har avgjort hvem som har ansvaret.",
            "Åpne formidlingen og se hvem som har stafettpinnen. Er det dere, gjør neste steg.",
        ),
        Notice::EnteredInError => tell(
            "Formidlingen var feilregistrert",
            "Avsenderen har markert formidlingen som feilregistrert.",
            "Dere skal ikke svare på den, og trenger ikke å gjøre noe mer.",
        ),
        Notice::Reopened => tell(
            "Formidlingen er gjenåpnet",
            "Mottakeren har gjenåpnet formidlingen og har stafettpinnen.",
            "Dere trenger ikke å gjøre noe nå. Begrunnelsen står i Stafett.",
        ),
        Notice::Undone => ask(
            "Siste handling er angret",
            "Det siste som ble gjort med formidlingen, er angret. Alt er som før.",
            "Se bort fra den forrige beskjeden. Åpne formidlingen og se hvem som har stafettpinnen.",
        ),
        Notice::ConsentWithdrawn => ask(
            "Grunnlaget for formidlingen er endret",
            "Avsenderen kan ikke dele mer på det grunnlaget som formidlingen ble sendt på. Det dere har fått, beholder dere.",
            "Åpne formidlingen, se hva som er endret, og avgjør om dere kan fortsette.",
        ),
        Notice::Reminder => ask(
            "Purring: fristen er fortsatt brutt",
            "Fristen gikk ut for en stund siden, og neste steg er fortsatt ikke gjort.",
            "Åpne formidlingen. Er det dere som har neste steg, gjør det nå. Er det noen andre, ta kontakt med dem.",
        ),
        Notice::Warning => ask(
            "Fristen nærmer seg",
            "Fristen går snart ut, og neste steg er ikke gjort.",
            "Åpne formidlingen. Er det dere som har neste steg, gjør det før fristen.",
        ),
        Notice::WebhookDisabled => ask(
            "En webhook er slått av",
            "Systemet deres har ikke svart på lenge, og får ikke lenger beskjed fra Stafett. E-postene går som før.",
            "Be en enhetsadministrator rette adressen eller systemet og slå webhooken på igjen under Oppsett. Det som ikke kom fram, blir da sendt.",
        ),
        Notice::Undelivered => ask(
            "En e-post om formidlingen er ikke levert",
            "En av partene har ikke fått e-posten om formidlingen. Ingen vet om de har sett den.",
            "Åpne formidlingen og se hvem det gjelder. Ring dem, og meld i Stafett at du tar det. Rett adressen hvis den er feil.",
        ),
        Notice::Breach => ask(
            "Fristen er brutt",
            "Fristen har gått ut, og neste steg er ikke gjort.",
            "Åpne formidlingen. Er det dere som har neste steg, gjør det nå. Er det noen andre, ta kontakt med dem.",
        ),
    }
}
