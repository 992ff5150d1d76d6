// Writes lines of standard input to a topic, as an upstream team's Java producer would.
//
//   java -cp 'target/lib/*' Producer.java BOOTSTRAP TOPIC COMPRESSION [--abort]
//
// A line is KEY<TAB>VALUE; an empty key is none. Ends with exit code 0 only when every
// record is acknowledged. With --abort they are written in a transaction that is aborted.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;

public class Producer {
    public static void main(String[] arguments) throws Exception {
        boolean abort = arguments.length > 3 && arguments[3].equals("--abort");
        Properties settings = new Properties();
        settings.put("bootstrap.servers", arguments[0]);
        settings.put("compression.type", arguments[2]);
        settings.put("acks", "all");
        settings.put("linger.ms", "5");
        settings.put("max.request.size", "10485760");
        if (abort) {
            settings.put("transactional.id", "aborts-" + UUID.randomUUID());
        }
        StringSerializer text = new StringSerializer();
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(settings, text, text)) {
            if (abort) {
                producer.initTransactions();
                producer.beginTransaction();
            }
            write(producer, arguments[1]);
            if (abort) {
                producer.abortTransaction();
            }
        }
    }

    private static void write(KafkaProducer<String, String> producer, String topic) throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            int tab = line.indexOf('\t');
            String key = tab > 0 ? line.substring(0, tab) : null;
            sent.add(producer.send(new ProducerRecord<>(topic, key, line.substring(tab + 1))));
        }
        producer.flush();
        for (Future<RecordMetadata> one : sent) {
            one.get();
        }
        System.out.println(sent.size());
    }
}
