const ROLES = { table: "table", thead: "rowgroup", tbody: "rowgroup", tr: "row", "th[scope=col]": "columnheader" };

/** Narrow screens show tables as cards, and some browsers then forget that they are tables unless it is said. */
export function keepTableRoles(): void {
  for (const [selector, role] of Object.entries(ROLES))
    for (const element of document.querySelectorAll(`section > table ${selector}, section > ${selector}`))
      element.setAttribute("role", role);
}
