//! What each notice says in English.

use stafett_workflow::vocabulary::Notice;

use super::{Words, ask, tell};

pub(super) const fn words(notice: Notice) -> Words {
    match notice {
        Notice::NewReferral => ask(
            "New referral awaits an answer",
            "You have received a new referral.",
            "Open it, acknowledge it, and give an answer.",
        ),
        Notice::ForwardedToYou => ask(
            "Forwarded referral awaits an answer",
            "A referral has been forwarded to you.",
            "Open it, acknowledge it, and give an answer.",
        ),
        Notice::Acknowledged => tell(
            "The referral has been acknowledged",
            "The receiver has confirmed that the referral has arrived.",
            "You hold the baton until the receiver accepts. There is nothing to do now; you will be told when the answer comes.",
        ),
        Notice::InformationRequested => ask(
            "The receiver needs information from you",
            "The receiver needs more information before it can answer.",
            "Read the question and answer it in Stafett.",
        ),
        Notice::InformationGiven => ask(
            "You have the information you asked for",
            "The sender has answered your question.",
            "Read the information and answer the referral.",
        ),
        Notice::Accepted => tell(
            "The referral has been accepted",
            "The receiver has accepted the referral and now holds the baton.",
            "There is nothing to do now; you will be told when the receiver has finished.",
        ),
        Notice::Declined => ask(
            "The referral has been declined and awaits you",
            "The receiver has declined the referral. You hold the baton.",
            "Read the reason. Send the referral to another receiver, or close it with a reason.",
        ),
        Notice::ReturnedWithAdvice => ask(
            "The referral has been returned and awaits you",
            "The receiver has returned the referral with advice. You hold the baton.",
            "Read the advice. Send the referral to another receiver, or close it with a reason.",
        ),
        Notice::Forwarded => tell(
            "The referral has been forwarded",
            "The receiver has passed the referral on to a new receiver.",
            "You hold the baton until the new receiver accepts. There is nothing to do now; you will be told when the answer comes.",
        ),
        Notice::Withdrawn => tell(
            "The referral has been withdrawn",
            "The sender has withdrawn the referral.",
            "No answer is expected from you, and there is nothing more to do.",
        ),
        Notice::Started => tell(
            "Work has started",
            "The receiver has started to follow up the referral.",
            "There is nothing to do now; you will be told when the receiver has finished.",
        ),
        Notice::Completed => ask(
            "The referral has been completed",
            "The receiver has finished, and the referral is closed.",
            "Read the feedback from the receiver.",
        ),
        Notice::EndedEarly => ask(
            "The follow-up has ended early",
            "The receiver has ended the follow-up before it was completed.",
            "Read the reason. If the baton is with you, send the referral to a new receiver or close it with a reason.",
        ),
        Notice::BatonReturned => ask(
            "The baton is back with you",
            "The referral has no receiver now. You hold the baton.",
            "Send the referral to a new receiver, or close it with a reason.",
        ),
        Notice::Assigned => ask(
            "A referral has been assigned in your unit",
            "The referral has been given to a caseworker in your unit.",
            "Open the referral, see who has it, and take the next step.",
        ),
        Notice::Message => ask(
            "New message in a referral",
            "You have received a new message in the referral.",
            "Read the message, and answer it in Stafett if needed.",
        ),
        Notice::CoordinatorProposed => ask(
            "You are asked to coordinate a case",
            "Another agency asks you to coordinate a case in which you take part.",
            "Open the case, and take over the coordination or decline. The other agency coordinates until you have answered.",
        ),
        Notice::CoordinationAccepted => tell(
            "The case has a new coordinator",
            "The agency that you asked has taken over the coordination of the case.",
            "There is nothing for you to do now. The referrals of the case are where they were.",
        ),
        Notice::CoordinationDeclined => ask(
            "The coordination was declined",
            "The agency that you asked has declined. You still coordinate the case.",
            "Read the reason in the case. Ask another agency if you cannot go on.",
        ),
        Notice::CaseReferralAdded => tell(
            "A referral was put into a case",
            "A referral that you know of was put into a case.",
            "There is nothing for you to do now. The case shows who coordinates.",
        ),
        Notice::CaseClosed => tell(
            "The case is closed",
            "Whoever coordinated the case has closed it.",
            "There is nothing for you to do now. A referral that has not ended goes on as before.",
        ),
        Notice::CaseMerged => tell(
            "The case was merged with another",
            "Two cases were merged into one.",
            "There is nothing for you to do now. Nobody sees more than before. If they do not belong together, they can be split again.",
        ),
        Notice::CaseSplit => tell(
            "The case was split again",
            "Two cases that had been merged were split again.",
            "There is nothing for you to do now. Each case is as it was before the merge.",
        ),
        Notice::GlassAsked => ask(
            "Somebody asks to break the glass",
            "Somebody outside the referral asks to open it in an emergency, and waits for a lead of yours to say yes or no.",
            "Read why under Break-glass in Stafett, and answer at once.",
        ),
        Notice::GlassBroken => ask(
            "The glass was broken",
            "Somebody outside the referral has opened it in an emergency. It stays open for a limited time.",
            "Read who and why under Break-glass in Stafett, and review it. If it was not needed, that ends it at once.",
        ),
        Notice::GlassUnreviewed => ask(
            "Break-glass has not been reviewed",
            "Somebody opened the referral in an emergency, and the limit for reviewing that is up.",
            "Review it under Break-glass in Stafett. You will be told again until somebody has.",
        ),
        Notice::PersonRectified => ask(
            "Something in the referral was corrected",
            "Something that was registered in the referral was not right and was corrected.",
            "Open the referral, see what holds now, and correct it with you as well.",
        ),
        Notice::AgreementProposed => ask(
            "A proposed agreement on deadlines awaits your answer",
            "An agency that you work with has proposed an agreement on deadlines.",
            "Read the deadlines in the set-up, and approve or reject the proposal. Until you have answered, the deadlines are as before.",
        ),
        Notice::AgreementApproved => tell(
            "The agreement on deadlines has been approved",
            "The other party has approved the agreement on deadlines that you proposed.",
            "There is nothing to do now. What has been sent already keeps the deadlines that it was sent with.",
        ),
        Notice::AgreementRejected => ask(
            "The proposed agreement on deadlines has been rejected",
            "The other party has rejected the agreement on deadlines that you proposed.",
            "The deadlines are as before. Talk to the other party before you propose new ones.",
        ),
        Notice::AgreementWithdrawn => tell(
            "The proposed agreement on deadlines has been withdrawn",
            "The agency that proposed an agreement on deadlines has withdrawn it.",
            "No answer is expected from you. The deadlines are as before.",
        ),
        Notice::AgreementEnded => ask(
            "The agreement on deadlines has ended",
            "The other party has ended the agreement on deadlines.",
            "Tell those at your agency who should know. What has been sent already keeps its deadlines; what is sent from now on follows the workflow.",
        ),
        Notice::MailboxTest => tell(
            "Test of the mailbox",
            "This is a test. Somebody at your agency has asked for it in the set-up.",
            "If you read this, notices arrive, and there is nothing to do. No referral is waiting.",
        ),
        Notice::Revoked => tell(
            "The referral has been closed",
            "The referral has been closed without further follow-up.",
            "There is nothing more to do. The reason is in Stafett.",
        ),
        Notice::OnHold => tell(
            "The referral has been put on hold",
            "The receiver has put the work on hold.",
            "The reason is in Stafett. The receiver still holds the baton, and you will be told when work resumes.",
        ),
        Notice::Resumed => tell(
            "Work has resumed",
            "The receiver has taken up the work again.",
            "There is nothing to do now; you will be told when the receiver has finished.",
        ),
        Notice::Feedback => ask(
            "Feedback from the receiver",
            "The receiver has given you feedback.",
            "Read the feedback.",
        ),
        Notice::Dismissed => ask(
            "The review has been closed",
            "The receiver has closed its review.",
            "Read what the receiver decided. Feedback will follow at the end.",
        ),
        Notice::Concluded => ask(
            "The receiver has concluded",
            "The receiver has reached its conclusion.",
            "Read what the receiver decided. Feedback will follow at the end.",
        ),
        Notice::ReturnRequested => ask(
            "The receiver asks to return the referral",
            "The receiver asks you to take the responsibility back, but still holds the baton.",
            "Read the reason, and take it back or refuse.",
        ),
        Notice::ReturnAccepted => tell(
            "The return has been accepted",
            "The sender has taken the responsibility back and holds the baton.",
            "There is nothing more to do.",
        ),
        Notice::ReturnRefused => ask(
            "The return has been refused",
            "The sender has refused to take the responsibility back. You still hold the baton.",
            "Read the reason and go on with the work. If you disagree, the municipality can decide.",
        ),
        Notice::Found => ask(
            "Reported found",
            "The sender has reported that whoever was missing has been found.",
            "Read the report and close what you have started.",
        ),
        Notice::WithdrawalRequested => ask(
            "The sender asks for withdrawal",
            "The sender asks you to end the referral. The decision is yours.",
            "Read the reason, and end the referral or tell the sender.",
        ),
        Notice::TakeoverRequested => ask(
            "Another agency asks to take over",
            "Another agency asks to take over the referral.",
            "Read the reason, and answer in Stafett.",
        ),
        Notice::Disputed => ask(
            "The allocation is disputed",
            "The parties disagree about who is responsible. The municipality's coordinator decides.",
            "The baton stays with whoever holds it until that is decided. Read the reason.",
        ),
        Notice::Allocated => ask(
            "The responsibility has been decided",
            "The municipality's coordinator has decided who is responsible.",
            "Open the referral and see who holds the baton. If it is you, take the next step.",
        ),
        Notice::EnteredInError => tell(
            "The referral was entered in error",
            "The sender has marked the referral as entered in error.",
            "No answer is expected from you, and there is nothing more to do.",
        ),
        Notice::Reopened => tell(
            "The referral has been reopened",
            "The receiver has reopened the referral and holds the baton.",
            "There is nothing to do now. The reason is in Stafett.",
        ),
        Notice::Undone => ask(
            "The last action was undone",
            "The last thing that was done with the referral has been undone. All is as before.",
            "Disregard the previous notice. Open the referral and see who holds the baton.",
        ),
        Notice::ConsentWithdrawn => ask(
            "The ground of the referral has changed",
            "The sender can share nothing more on the ground on which the referral was sent. What you have got, you keep.",
            "Open the referral, see what has changed, and decide whether you can go on.",
        ),
        Notice::Reminder => ask(
            "Reminder: the deadline is still missed",
            "The deadline passed a while ago, and the next step has still not been taken.",
            "Open the referral. If the next step is yours, take it now. If it is somebody else's, contact them.",
        ),
        Notice::Warning => ask(
            "The deadline is near",
            "The deadline is near, and the next step has not been taken.",
            "Open the referral. If the next step is yours, take it before the deadline.",
        ),
        Notice::WebhookDisabled => ask(
            "A webhook was switched off",
            "Your system has not answered for long and is no longer told by Stafett. Mails go out as before.",
            "Ask an agency administrator to correct the address or the system and switch the webhook on again in the set-up. What did not arrive is sent then.",
        ),
        Notice::Undelivered => ask(
            "A mail about the referral was not delivered",
            "One of the parties did not get the mail about the referral. Nobody knows whether they have seen it.",
            "Open the referral and see whom it was for. Call them, and say in Stafett that you take it. Correct the address if it is wrong.",
        ),
        Notice::Breach => ask(
            "Deadline missed",
            "The deadline has passed, and the next step has not been taken.",
            "Open the referral. If the next step is yours, take it now. If it is somebody else's, contact them.",
        ),
    }
}
