import { type QueueName, queues } from "../app/store/queues.ts";
import { type TableName, tables } from "../app/store/tables.ts";

export const TABLES = Object.keys(tables) as TableName[];
export const QUEUES = Object.keys(queues) as QueueName[];

const pascal = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** CloudFormation's names of what is made: letters and digits only. */
export const tableId = (name: TableName): string => `${pascal(name)}Table`;
export const queueId = (name: QueueName): string => `${pascal(name)}Queue`;
export const deadLettersId = (name: QueueName): string => `${pascal(name)}DeadLetters`;

export const ref = (id: string) => ({ Ref: id });
export const arn = (id: string) => ({ "Fn::GetAtt": [id, "Arn"] });
export const sub = (text: string) => ({ "Fn::Sub": text });
