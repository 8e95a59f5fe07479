//! What a plain list of words reaches: the yardstick that reading must beat. Written once
//! and left alone.

/// English words and the trigger that most desks would hang on them.
const WORDS: &[(&str, &str)] = &[
    ("refund", "topic.billing_dispute"),
    ("charged", "topic.billing_dispute"),
    ("money back", "topic.billing_dispute"),
    ("hacked", "topic.account_security"),
    ("stolen", "topic.account_security"),
    ("unauthorized", "topic.account_security"),
    ("lawyer", "topic.legal_compliance"),
    ("legal", "topic.legal_compliance"),
    ("gdpr", "topic.legal_compliance"),
    ("complaint", "topic.complaint"),
    ("terrible", "topic.complaint"),
    ("worst", "topic.complaint"),
    ("cancel", "topic.cancellation"),
    ("unsubscribe", "topic.cancellation"),
    ("enterprise", "topic.custom_pricing"),
    ("quote", "topic.custom_pricing"),
    ("discount", "topic.custom_pricing"),
    ("error", "complexity.bug_investigation"),
    ("bug", "complexity.bug_investigation"),
    ("crash", "complexity.bug_investigation"),
    ("my account", "complexity.account_change"),
    ("last time", "complexity.unresolved_reference"),
    ("again", "complexity.unresolved_reference"),
    ("human", "request.human"),
    ("agent", "request.human"),
    ("real person", "request.human"),
    ("representative", "request.human"),
    ("persona", "request.human"),
    ("reembolso", "topic.billing_dispute"),
    ("cancelar", "topic.cancellation"),
    ("abogado", "topic.legal_compliance"),
    ("remboursement", "topic.billing_dispute"),
    ("annuler", "topic.cancellation"),
    ("conseiller", "request.human"),
    ("avocat", "topic.legal_compliance"),
    ("erstattung", "topic.billing_dispute"),
    ("kündigen", "topic.cancellation"),
    ("mitarbeiter", "request.human"),
    ("anwalt", "topic.legal_compliance"),
    ("atendente", "request.human"),
    ("advogado", "topic.legal_compliance"),
    ("退款", "topic.billing_dispute"),
    ("取消", "topic.cancellation"),
    ("人工", "request.human"),
    ("律师", "topic.legal_compliance"),
    ("返金", "topic.billing_dispute"),
    ("解約", "topic.cancellation"),
    ("オペレーター", "request.human"),
    ("弁護士", "topic.legal_compliance"),
    ("استرداد", "topic.billing_dispute"),
    ("إلغاء", "topic.cancellation"),
    ("موظف", "request.human"),
    ("محامي", "topic.legal_compliance"),
];

/// The triggers whose words stand in a text.
pub fn keywords(text: &str) -> Vec<&'static str> {
    let text = text.to_lowercase();
    let found = WORDS.iter().filter(|(word, _)| text.contains(word));
    found.map(|(_, trigger)| *trigger).collect()
}
