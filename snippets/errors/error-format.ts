import type { ServerResponse } from 'node:http';

/** An error as RFC 9457 describes it. `type` is a URI that names the kind of problem; never put a stack trace in `detail`. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  instance?: string;
  errors?: { pointer: string; detail: string }[];
}

/** The base of every problem type's URI. */
const PROBLEM_TYPES = 'https://example.com/problems/'; // ${1}

/** Answers with a problem; `status` in the body always equals the status of the response. */
export function sendProblem(response: ServerResponse, kind: string, problem: Omit<Problem, 'type'>): void {
  const body: Problem = { type: PROBLEM_TYPES + kind, ...problem };
  response.statusCode = problem.status;
  response.setHeader('Content-Type', 'application/problem+json');
  response.end(JSON.stringify(body));
}
