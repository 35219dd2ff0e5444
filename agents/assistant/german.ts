/** Words by which a question is known to be German; none of them is an English word. */
const SIGNS = new Set(
  'welche welcher welches welchen warum wieso wie wieviel viel wurde wurden der das und ist sind gibt zeige zeig fall fälle fällen kontrolle kontrollen verlust verloren lösche genehmige genehmigen fehlen fehlt geschlossen zusammenfassung'.split(
    ' ',
  ),
);

/** German words with the English ones by which questions are understood. Articles are left out. */
const ENGLISH: Readonly<Record<string, string>> = Object.fromEntries(
  `welche=which welcher=which welches=which welchen=which warum=why wieso=why weshalb=why wie=how wieviel=how,much viel=much viele=many
  was=what wann=when wer=who wo=where wurde=was wurden=were wird=is werden=are ist=is sind=are war=was waren=were gibt=are es=there
  haben=have hat=has wir=we ich=i mir=me uns=us soll=should muss=must tun=do nächstes=next nächste=next zuerst=first
  fall=case fälle=cases fällen=cases falles=case befund=finding befunde=findings größte=largest größten=largest grösste=largest grössten=largest
  höchste=highest höchsten=highest älteste=oldest ältesten=oldest neueste=newest neuesten=newest neu=new neue=new offen=open offene=open offenen=open
  geschlossen=closed geschlossene=closed geschlossenen=closed warten=wait wartet=waits entscheidung=decision entscheidungen=decisions genehmigung=approval
  genehmigt=approved abgelehnt=rejected entschieden=decided verfallen=lapse verfällt=lapses verjähren=lapse frist=deadline bald=soon
  kontrolle=control kontrollen=controls prüft=checks prüfung=check prüfungen=checks fehlgeschlagen=failed sucht=looks findet=finds
  doppelte=duplicates duplikate=duplicates geld=money betrag=amount verlust=loss verluste=losses verloren=lost verlieren=lose schaden=loss
  zurückgeholt=recovered eingebracht=recovered schulden=owe zurück=back kunden=customers daten=data dateien=files datei=file fehlen=missing fehlt=missing
  vollständig=complete verspätet=late geändert=changed änderung=change änderungen=changes passiert=happened geschah=happened am=on im=in
  vertrag=contract verträge=contracts preis=price preise=prices preisliste=pricelist steht=say sagt=says über=about gespräche=calls
  läufe=runs lauf=run letzte=last letzten=last letzter=last abgleich=reconciliation kennzahl=kpi kennzahlen=kpis konfiguration=configuration
  einstellungen=settings richtig=right modell=model zusammenfassung=summary überblick=overview übersicht=overview lage=situation
  hilfe=help kannst=can du=you beantworten=answer bedeutet=means erkläre=explain erklär=explain ursache=cause grund=reason zeige=show zeig=show
  monat=month jahr=year tag=day heute=today januar=january februar=february märz=march mai=may juni=june juli=july oktober=october dezember=december
  vergleiche=compare mit=with betreffen=concern betrifft=concerns
  genehmige=approve genehmigen=approve lehne=reject lösche=delete löschen=delete entferne=remove erstatte=refund zahle=pay buche=book schließe=close
  schliesse=close überweise=transfer ignoriere=ignore vergiss=forget ändere=edit
  der= die= das= den= dem= des= ein= eine= einen= einem= einer= und=and in=in von=of für=for zu=to bei=at`
    .split(/\s+/)
    .map((pair): [string, string] => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
);

/** The words of a German question in English, as far as they are known; those of any other as they are. */
export function english(words: readonly string[]): string[] {
  if (!words.some((word) => SIGNS.has(word))) return [...words];
  return words.flatMap((word) =>
    Object.hasOwn(ENGLISH, word) ? (ENGLISH[word] ?? '').split(',').filter((one) => one !== '') : word,
  );
}
