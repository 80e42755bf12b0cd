/** Who gives messages to a broker: the calls of client libraries, by origin (see `code.ts`). */

export interface Publisher {
  readonly broker: string;
  readonly calls: RegExp;
  /** Other processes learn of it; a job queue or a subscription of the same service is closer to home. */
  readonly leaves: boolean;
}

const publishers: readonly Publisher[] = [
  { broker: 'RabbitMQ', calls: /^amqplib(?:\/callback_api)?:.*\.(?:publish|sendToQueue)$/, leaves: true },
  { broker: 'RabbitMQ', calls: /^amqp-connection-manager:.*\.(?:publish|sendToQueue)$/, leaves: true },
  { broker: 'Kafka', calls: /^kafkajs:(?:Kafka\(\)\.producer|Producer)\(\)\.(?:send|sendBatch)$/, leaves: true },
  { broker: 'Kafka', calls: /^kafka-node:(?:HighLevel)?Producer\(\)\.send$/, leaves: true },
  { broker: 'NATS', calls: /^(?:nats|node-nats-streaming|@nats-io\/[\w-]+):.*\.publish$/, leaves: true },
  { broker: 'SNS', calls: /^(?:@aws-sdk\/client-sns|aws-sdk):SNS\(\)\.publish(?:Batch)?$/, leaves: true },
  { broker: 'SQS', calls: /^(?:@aws-sdk\/client-sqs|aws-sdk):SQS\(\)\.sendMessage(?:Batch)?$/, leaves: true },
  { broker: 'EventBridge', calls: /^(?:@aws-sdk\/client-eventbridge|aws-sdk):EventBridge\(\)\.putEvents$/, leaves: true },
  { broker: 'Pub/Sub', calls: /^@google-cloud\/pubsub:PubSub\(\)\.topic\(\)\.publish(?:Message|JSON)?$/, leaves: true },
  {
    broker: 'the broker',
    calls: /^@nestjs\/microservices:Client(?:Proxy|Kafka|RMQ|Redis|Nats)\(\)\.(?:emit|send)$/,
    leaves: true,
  },
  { broker: 'Redis', calls: /^(?:ioredis|redis):(?:.*\(\))\.publish$/, leaves: false },
  { broker: 'BullMQ', calls: /^bullmq:Queue\(\)\.(?:add|addBulk)$/, leaves: false },
  { broker: 'Bull', calls: /^bull:(?:Queue\(\)|\(\))\.(?:add|addBulk)$/, leaves: false },
  {
    broker: 'its subscribers',
    calls: /^(?:graphql-subscriptions:PubSub|graphql-redis-subscriptions:RedisPubSub)\(\)\.publish$/,
    leaves: false,
  },
];

const commands = /^@aws-sdk\/client-(?:sns:Publish(?:Batch)?|sqs:SendMessage(?:Batch)?|eventbridge:PutEvents)Command\(\)$/;

/** The publisher behind a call's origin; `command` is the origin of what a client of AWS is asked to send. */
export function publisherOf(from: string, command: () => string | undefined): Publisher | undefined {
  const found = publishers.find(({ calls }) => calls.test(from));
  if (found || !isAwsSend(from)) return found;
  return commands.test(command() ?? '') ? { broker: awsName(from), calls: commands, leaves: true } : undefined;
}

/** `client.send(command)` of AWS: the command says what it is. */
export function isAwsSend(from: string): boolean {
  return /^@aws-sdk\/(?:client-|lib-dynamodb:).*\.send$/.test(from);
}

function awsName(from: string): string {
  return from.includes('client-sns') ? 'SNS' : from.includes('client-sqs') ? 'SQS' : 'EventBridge';
}
