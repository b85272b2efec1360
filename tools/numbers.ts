import * as ts from "typescript";
import type { Change } from "./noticed";

/** Both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Another number in the place of one that somebody chose. */
export interface OtherNumber extends Change {
  readonly location: { readonly start: Place; readonly end: Place };
}

/** Ten times and a tenth of each number that has a name: constants, properties, defaults of parameters. 0 and 1 count as constants only. */
export function otherNumbersOf(file: string, text: string): OtherNumber[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true);
  const placeOf = (offset: number): Place => {
    const { line, character } = source.getLineAndCharacterOfPosition(offset);
    return { line: line + 1, column: character + 1 };
  };
  const found: OtherNumber[] = [];
  const visit = (node: ts.Node): void => {
    const number = numberOf(node);
    if (number !== undefined) {
      const [from, to] = [number.getStart(), number.getEnd()];
      for (const factor of ["* 10", "/ 10"])
        found.push({
          ...{ file, from, to, text: `((${number.getText()}) ${factor})` },
          location: { start: placeOf(from), end: placeOf(to) },
        });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function numberOf(node: ts.Node): ts.Expression | undefined {
  if (!ts.isVariableDeclaration(node) && !ts.isPropertyAssignment(node) && !ts.isParameter(node)) return undefined;
  const { initializer } = node;
  if (initializer === undefined || !isCalculated(initializer) || !hasNumber(initializer)) return undefined;
  const isConstant = ts.isVariableDeclaration(node) && /^[A-Z]/.test(node.name.getText());
  return isConstant || !/^[01]$/.test(initializer.getText()) ? initializer : undefined;
}

/** Numbers and constants, and what is calculated of them. */
function isCalculated(node: ts.Expression): boolean {
  if (ts.isNumericLiteral(node)) return true;
  if (ts.isIdentifier(node)) return /^[A-Z]/.test(node.text);
  if (ts.isParenthesizedExpression(node)) return isCalculated(node.expression);
  return ts.isBinaryExpression(node) && isCalculated(node.left) && isCalculated(node.right);
}

function hasNumber(node: ts.Expression): boolean {
  if (ts.isParenthesizedExpression(node)) return hasNumber(node.expression);
  return ts.isNumericLiteral(node) || (ts.isBinaryExpression(node) && (hasNumber(node.left) || hasNumber(node.right)));
}
