/** Contract facts of messages: what an application sends and receives through brokers, as far as its code shows it. */
import type { Evidence, Note, Shape } from './facts.ts';

/** As AsyncAPI names them; `in-process` are events that never leave the program. */
export type Protocol = 'kafka' | 'amqp' | 'sqs' | 'sns' | 'nats' | 'redis' | 'mqtt' | 'tcp' | 'in-process';

/** A text of which the environment or the running program fills in parts. */
export interface AddressFact {
  /** With `{name}` for what is filled in. */
  readonly text: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly description: string;
    /** What it is where the environment says nothing. */
    readonly otherwise?: string;
  }[];
}

/** A broker the code connects to. */
export interface BrokerFact {
  readonly protocol: Protocol;
  /** Host and port, without credentials; absent where it cannot be seen. */
  readonly host?: AddressFact;
  readonly isSecure: boolean;
  /** How clients prove who they are: a type of AsyncAPI's security schemes. */
  readonly security?: string;
  readonly evidence: Evidence;
}

/** Objects of AsyncAPI's bindings, without `bindingVersion`. */
export type Binding = Readonly<Record<string, unknown>>;

export interface MessageFact {
  /** What the code calls it: a job's or an event's name; absent where only its channel has a name. */
  readonly name?: string;
  /** Absent where the code shows nothing of it. */
  readonly payload?: Shape;
  readonly headers?: Shape;
  readonly contentType?: string;
  /** Of a Kafka record. */
  readonly key?: Shape;
  /** What the other side answers, for a request; empty where it answers something unseen. */
  readonly reply?: Shape;
}

/** One kind of message that is sent to, or received from, one channel. */
export interface EventFact {
  /** Absent where the code does not say what carries it. */
  readonly protocol?: Protocol;
  /** From the application's view. */
  readonly action: 'send' | 'receive';
  /** Topic, queue, subject or event; absent where the broker's side decides it: the queue of a Lambda function. */
  readonly address?: AddressFact;
  /** What the channel is called in the protocol: `topic`. */
  readonly noun: 'topic' | 'queue' | 'subject' | 'exchange' | 'routing key' | 'pattern' | 'event';
  /** What the channel is called where it has no address that AsyncAPI could write. */
  readonly title?: string;
  readonly message: MessageFact;
  readonly channel?: Binding;
  readonly operation?: Binding;
  /** What names it, and where. */
  readonly evidence: Evidence;
}

export interface EventFacts {
  /** By file and place. */
  readonly events: readonly EventFact[];
  readonly brokers: readonly BrokerFact[];
  /** Types of the code by name: what `Shape.ref` means. */
  readonly types: ReadonlyMap<string, Shape>;
  readonly notes: readonly Note[];
}
